import PPLCallouts
import PPLInference
package import PPLModelCompiler
import PPLSemantics
public import PPLSourceText
import PPLTypeSystem

/// A program with its data, compiled: ready to be sampled and evaluated.
///
/// ``Program/compile(_:rewrites:executor:externals:)`` makes one. It is a value that any task may use, and as many at once as there
/// are; what engines need of the log density beyond what was compiled is made when it is first asked for, and kept.
public struct Model: Sendable {
  /// The program.
  public private(set) var program: Program
  package private(set) var bound: BoundModel
  /// The log density with its graphs; nil where only fits by steps were asked for, which have graphs of their own.
  package let density: CompiledModel?
  let graphs: ExecutableGraphs
  /// The data that are bound.
  var sources: DataSources
  /// The log density in other forms.
  let variants = ModelVariants()
  /// Stops calls outside of the program.
  let calloutInterruption: CalloutInterruption
  private let graphSeconds: Double

  init(
    program: Program,
    bound: BoundModel,
    density: CompiledModel?,
    sources: DataSources,
    calloutInterruption: CalloutInterruption,
    executor: ExecutorChoice,
    graphSeconds: Double
  ) {
    self.calloutInterruption = calloutInterruption
    self.program = program
    self.bound = bound
    self.density = density
    self.sources = sources
    self.graphSeconds = graphSeconds
    graphs = ExecutableGraphs(executor)
  }

  /// Time from text and data to graphs, and from graphs to code as far as that was wanted, in seconds.
  public var compileSeconds: Double { graphSeconds + graphs.seconds }

  /// What runs the log density.
  public var executor: ExecutorChoice { graphs.choice.available }

  /// Puts other data in the place of its own; its log density stays that of the old ones.
  mutating func replaceBound(_ other: BoundModel) { bound = other }

  /// The same model under another script; the statements of the model in `program` are those of its own program.
  func scripted(_ program: Program) -> Model {
    var result = self
    result.program = program
    result.bound.model = program.model
    return result
  }

  /// The same program and data with another form of the log density.
  func with(_ density: CompiledModel) -> Model {
    Model(
      program: program,
      bound: bound,
      density: density,
      sources: sources,
      calloutInterruption: calloutInterruption,
      executor: graphs.choice,
      graphSeconds: 0
    )
  }

  /// The same program with other data, compiled for them, on the reference executor.
  func with(_ bound: BoundModel, _ density: CompiledModel) -> Model {
    Model(
      program: program,
      bound: bound,
      density: density,
      sources: sources,
      calloutInterruption: calloutInterruption,
      executor: .reference,
      graphSeconds: 0
    )
  }

  /// The log density with its graphs.
  package var compiled: CompiledModel {
    guard let density else {
      preconditionFailure("The model was compiled with its log density.")
    }
    return density
  }

  /// Number of unconstrained values, D; 0 for programs all of whose fits go by steps.
  public var dimension: Int { density?.dimension ?? 0 }
}

/// The data of a model: what comes with the program, and what the files give that it names, by path.
struct DataSources: Sendable {
  var shared: DataSource
  var named: [String: DataSource]
  /// Data of predictions that are given as values, by what stands for them in statements.
  var given: [String: DataSet] = [:]
  /// Numbers from which on arrays stay in their files.
  var leastStreamed = DataSet.leastStreamed
}

/// Why a program and its data do not go together; ``Program/compile(_:rewrites:executor:externals:)`` throws it.
public struct BindingFailure: Error, Sendable {
  /// Everything found; at least one is an error.
  public var diagnostics: [Diagnostic]
  /// Whether the data are at fault, not the program.
  public var isAboutData: Bool {
    diagnostics.contains { $0.isError && ($0.dataLocation != nil || $0.code.hasPrefix("E08")) }
  }
}

extension Program {
  /// Brings data to the program and compiles both.
  ///
  /// - Parameters:
  ///   - data: what files give; files that the program names itself are read as well.
  ///   - rewrites: which rewrites of the log density's graph are applied.
  ///   - executor: what runs the graphs.
  ///   - externals: what the program may call outside of itself.
  /// - Returns: the model, and warnings.
  /// - Throws: everything that is wrong with the data.
  public func compile(
    _ data: DataSet = DataSet(),
    rewrites: Rewrites = .all,
    executor: ExecutorChoice = .native,
    externals: ExternalAccess = .none
  ) throws(BindingFailure) -> (model: Model, warnings: [Diagnostic]) {
    try compile(
      data,
      rewrites: rewrites,
      executor: executor,
      externals: externals,
      needsDensity: needsDensity,
      need: densityNeed,
      elementBudget: ModelCompiler.elementBudget
    )
  }

  /// As ``compile(_:rewrites:executor:externals:)``, with the log density also where no fit of the program needs it.
  ///
  /// - Parameters:
  ///   - data: what files give; files that the program names itself are read as well.
  ///   - rewrites: which rewrites of the log density's graph are applied.
  ///   - executor: what runs the graphs.
  ///   - externals: what the program may call outside of itself.
  /// - Returns: the model, and warnings.
  /// - Throws: everything that is wrong with the data, or why there is no log density.
  public func compileWithDensity(
    _ data: DataSet = DataSet(),
    rewrites: Rewrites = .all,
    executor: ExecutorChoice = .native,
    externals: ExternalAccess = .none
  ) throws(BindingFailure) -> (model: Model, warnings: [Diagnostic]) {
    try compile(
      data,
      rewrites: rewrites,
      executor: executor,
      externals: externals,
      needsDensity: true,
      need: densityNeed
    )
  }

  /// Whether a fit of the program moves through its log density; others go by steps over some rows at a time.
  package var needsDensity: Bool {
    model.fits.isEmpty || model.fits.contains { needsDensity($0) }
  }

  /// What of the log density the fits of the program need; discrete latents are coordinates only where all fits can move those.
  package var densityNeed: DensityNeed {
    let needs = model.fits.filter(needsDensity).map { DensityNeed(of: $0.engine) }
    if model.fits.isEmpty || needs.contains(.gradient) { return .gradient }
    guard needs.contains(.blocks) else { return .value }
    return needs.allSatisfy { $0 == .blocks } ? .blocks : .smoothGradient
  }

  func needsDensity(_ fit: CheckedInference) -> Bool {
    if fit.goesBySteps || fit.comparesSimulations { return false }
    // The prior is drawn forward, also where a simulator's density is not known.
    return fit.engine != "prior" || !model.hasSimulators
  }

  /// Whether a fit of the program goes by steps, which see some rows of the data.
  var hasStepFits: Bool { model.fits.contains(where: \.goesBySteps) }

  /// As `compile`, with arrays of at most `elementBudget` elements in all.
  package func compile(
    _ data: DataSet,
    rewrites: Rewrites = .all,
    executor: ExecutorChoice = .native,
    externals: ExternalAccess = .none,
    needsDensity: Bool = true,
    need: DensityNeed = .gradient,
    elementBudget: Int = ModelCompiler.elementBudget
  ) throws(BindingFailure) -> (model: Model, warnings: [Diagnostic]) {
    precondition(isValid, "a program with errors is not compiled")
    let clock = ContinuousClock()
    let start = clock.now
    var problems = data.diagnostics
    var named: [String: DataSource] = [:]
    for path in ownPaths {
      var file = DataSet(like: data)
      file.add(path: resolved(path), name: path)
      problems += file.diagnostics
      named[path] = file.source
    }
    guard !problems.contains(where: \.isError) else { throw BindingFailure(diagnostics: problems) }
    let calloutInterruption = CalloutInterruption()
    let externals = externals.sources(of: self, calloutInterruption)
    var (bound, diagnostics) = DataBinder.bind(
      model,
      shared: data.source,
      named: named,
      streamsRows: hasStepFits,
      elementBudget: elementBudget,
      externals: externals
    )
    guard let bound else { throw BindingFailure(diagnostics: diagnostics) }
    var density: CompiledModel?
    if needsDensity {
      do {
        density = try ModelCompiler.compile(
          bound,
          rewrites: rewrites.selection,
          need: need,
          elementBudget: elementBudget
        )
      } catch {
        throw BindingFailure(diagnostics: diagnostics + [error.diagnostic])
      }
    }
    diagnostics += calloutDiagnostics(externals)
    guard !diagnostics.contains(where: \.isError) else {
      throw BindingFailure(diagnostics: diagnostics)
    }
    let seconds = (clock.now - start) / .seconds(1)
    let model = Model(
      program: self,
      bound: bound,
      density: density,
      sources: DataSources(
        shared: data.source,
        named: named,
        leastStreamed: data.leastStreamed
      ),
      calloutInterruption: calloutInterruption,
      executor: executor,
      graphSeconds: seconds
    )
    return (model, diagnostics)
  }

  /// The data files that the program names, each once.
  private var ownPaths: [String] {
    var paths: [String] = []
    for variable in model.variables {
      guard case .data(let binding) = variable.role, let path = binding.path,
        !paths.contains(path)
      else { continue }
      paths.append(path)
    }
    return paths
  }

  /// The folder of the program's file.
  var folder: String {
    guard let slash = source.name.lastIndex(of: "/") else { return "." }
    return slash == source.name.startIndex ? "/" : String(source.name[..<slash])
  }

  /// A path of the program, relative to its own file.
  package func resolved(_ path: String) -> String {
    guard !path.hasPrefix("/"), let slash = source.name.lastIndex(of: "/") else { return path }
    return source.name[...slash] + path
  }
}
