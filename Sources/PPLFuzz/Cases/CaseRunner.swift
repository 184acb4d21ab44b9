import PPL
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLNativeExecution
import PPLSemantics
import PPLSourceText
import PPLTensorCore

/// Takes cases through everything that happens to a program: parse, check, bind, compile, evaluate, sample.
package struct CaseRunner {
  /// How far a case came.
  package enum Outcome: Sendable, Hashable {
    /// The program was refused.
    case programRefused
    /// The program is right and the data were refused.
    case dataRefused
    /// Density, gradient and draws were evaluated.
    case evaluated
    /// As `evaluated`, and a few draws were made or the start failed.
    case sampled
    /// Something that must never be, in words.
    case fault(String)
  }

  /// Folder for the files of a case; it must exist.
  package var folder: String
  /// Elements that the graphs of a case may hold.
  package var elementBudget = 1 << 21

  package init(folder: String) {
    self.folder = folder
  }

  /// Runs a case whose data file has been written to the folder.
  ///
  /// Hangs and dies where the project is at fault.
  package func run(_ fuzzCase: FuzzCase) async -> Outcome {
    let source = SourceFile(name: "\(folder)/model.ppl", bytes: fuzzCase.program)
    let program = Program(source: source)
    if let fault = fault(in: program.diagnostics, source) { return .fault(fault) }
    _ = program.checkedDescription
    if let fault = layoutFault(source) { return .fault(fault) }
    guard program.isValid else {
      return program.diagnostics.isEmpty ? .fault("refused without a reason") : .programRefused
    }
    var data = DataSet()
    if fuzzCase.data != nil { data.add(path: "\(folder)/\(fuzzCase.dataName)") }
    let model: Model
    // Fits that compare simulations only have no density, and run for as long as their settings say.
    let comparesOnly =
      !program.model.fits.isEmpty && program.model.fits.allSatisfy(\.comparesSimulations)
    do {
      let (compiled, warnings) = try program.compile(
        data,
        externals: Self.externals,
        needsDensity: !comparesOnly,
        elementBudget: elementBudget
      )
      if let fault = fault(in: warnings, source) { return .fault(fault) }
      model = compiled
    } catch {
      guard error.diagnostics.contains(where: \.isError) else {
        return .fault("data refused without a reason")
      }
      return fault(in: error.diagnostics, source).map { .fault($0) } ?? .dataRefused
    }
    _ = try? model.planDescription
    if comparesOnly { return .evaluated }
    if let fault = evaluate(model) { return .fault(fault) }
    guard fuzzCase.samples, isSmall(model) else { return .evaluated }
    var options = RunOptions()
    options.sampler.seed = 1
    options.sampler.chains = 1
    options.sampler.warmup = 5
    options.sampler.draws = 5
    options.path = "\(folder)/fit.zarr"
    options.replacesFits = true
    do {
      _ = try await model.run(options) { _ in }
    } catch {
      return .sampled
    }
    return .sampled
  }

  /// What is wrong with the layout of a program: it must be its own layout, and traps if it means something else.
  private func layoutFault(_ source: SourceFile) -> String? {
    guard case .formatted(let text) = ProgramFormat.format(source) else { return nil }
    guard case .formatted(let again) = ProgramFormat.format(SourceFile(name: "", text: text)) else {
      return "the layout has mistakes of syntax:\n\(text)"
    }
    return again == text ? nil : "the layout has another layout:\n\(text)"
  }

  /// Functions that programs may ask the host for.
  private static let externals: ExternalAccess = {
    var externals = ExternalAccess()
    externals.register(
      "double",
      vectorJacobianProduct: { [[2 * $1[0]], [0]].prefix($0.count).map { $0 } }
    ) {
      arguments in [2 * (arguments.first?.first ?? 0)]
    }
    externals.register("root") { arguments in
      (arguments.first ?? []).map { $0.squareRoot() }
    }
    externals.register(simulator: "walk") { arguments, seed in
      let step = Double(seed % 1000) / 1000 - 0.5
      return (1...3).map { (arguments.first?.first ?? 0) + Double($0) * step }
    }
    return externals
  }()

  // MARK: Diagnostics

  /// What is wrong with diagnostics themselves; renders all of them.
  private func fault(in diagnostics: [Diagnostic], _ source: SourceFile) -> String? {
    var places: Set<Place> = []
    for diagnostic in diagnostics {
      if diagnostic.code.isEmpty || diagnostic.message.isEmpty {
        return "a diagnostic without code or message: \(diagnostic)"
      }
      for label in diagnostic.secondary + (diagnostic.primary.map { [$0] } ?? []) {
        guard label.span.start >= 0, label.span.end <= source.bytes.count else {
          return "a span outside of the file: \(diagnostic)"
        }
      }
      if let primary = diagnostic.primary,
        !places.insert(Place(span: primary.span, message: diagnostic.message)).inserted
      {
        return "the same is said twice: \(diagnostic)"
      }
    }
    let text = DiagnosticRenderer(usesColor: true).render(diagnostics, in: source)
    return text.isEmpty != diagnostics.isEmpty ? "a diagnostic without text" : nil
  }

  private struct Place: Hashable {
    var span: SourceSpan
    var message: String
  }

  // MARK: Evaluation

  private func evaluate(_ model: Model) -> String? {
    let compiled = model.compiled
    let dimension = compiled.dimension
    let gradient = ReferenceExecutor(compiled.gradient)
    let density = ReferenceExecutor(compiled.density)
    let parts = ReferenceExecutor(compiled.densityParts)
    let native = nativeExecutor(compiled.gradient)
    let isExtreme = (compiled.gradient.constants + compiled.densityParts.constants).contains {
      $0.values.contains { abs($0) > 1e100 || (abs($0) < 1e-100 && $0 != 0) }
    }
    var random = FuzzGenerator(seed: 1, number: dimension)
    for scale in [0, 0.1, 1, 30] {
      let position = (0..<dimension).map { _ in
        scale * (Double(random.below(2001)) / 1000 - 1)
      }
      let value = density.run(inputs: position, outputCount: 1)[0]
      let both = gradient.run(inputs: position, outputCount: dimension + 1)
      let split = parts.run(inputs: position, outputCount: 2)
      // Far out terms of 10¹⁶ may cancel, and with extreme constants one order of operations overflows and another
      // does not: then the graphs only have to run.
      let native = native?.run(inputs: position, outputCount: dimension + 1)
      // So do solvers of differential equations, whose steps depend on rounding.
      if scale > 1 || isExtreme || !compiled.systems.isEmpty { continue }
      // The parts are not rewritten: infinite there may be NaN here.
      let agree = isSame(value, split[0]) || (!value.isFinite && !split[0].isFinite)
      guard isSame(value, both[0]), agree else {
        return "three graphs disagree: \(value), \(both[0]), \(split[0])"
      }
      if let native, let fault = fault(in: native, both) { return fault }
    }
    let count = compiled.draw.outputCount
    let draw = ReferenceExecutor(compiled.draw)
    let position = [Double](repeating: 0.1, count: dimension)
    _ = draw.run(inputs: position, outputCount: count, key: RandomKey(seed: 7))
    return evaluateAdaptive(model, isExtreme: isExtreme)
  }

  /// The graphs for coordinates that are chosen: with all weights 1 they are those of the model as written, and there and
  /// back again is where one was.
  private func evaluateAdaptive(_ model: Model, isExtreme: Bool) -> String? {
    let compiled = model.compiled
    guard compiled.hasCoordinatesToChoose else { return nil }
    let adaptive: AdaptiveModel
    do {
      guard let made = try ModelCompiler.adaptive(model.bound, like: compiled) else { return nil }
      adaptive = made
    } catch {
      return "the graphs of chosen coordinates are not made"
    }
    let dimension = compiled.dimension
    let ones = adaptive.elements.map { _ in 1.0 }
    let zeros = adaptive.elements.map { _ in 0.0 }
    let position = (0..<dimension).map { 0.1 * Double($0 % 7) - 0.3 }
    let own = ReferenceExecutor(adaptive.gradient)
      .run(inputs: position + ones, outputCount: dimension + 1)
    let written = ReferenceExecutor(compiled.density).run(inputs: position, outputCount: 1)[0]
    let recentering = ReferenceExecutor(adaptive.recentering)
    let moved = recentering.run(inputs: position + ones + zeros, outputCount: dimension)
    let back = recentering.run(inputs: moved + zeros + ones, outputCount: dimension)
    if isExtreme || !compiled.systems.isEmpty { return nil }
    guard isSame(own[0], written) || (!own[0].isFinite && !written.isFinite) else {
      return "coordinates as written: \(own[0]), not \(written)"
    }
    for (a, b) in zip(position, back) where b.isFinite && abs(a - b) > 1e-6 {
      return "a coordinate \(a) comes back as \(b)"
    }
    return nil
  }

  /// Machine code of graphs that are soon compiled; nil without LLVM.
  ///
  /// Matrices that are nearly singular make much of rounding, so that graphs with factors are not compared.
  private func nativeExecutor(_ graph: Graph) -> NativeExecutor? {
    let hasFactors = graph.nodes.contains {
      switch $0.op {
      case .cholesky, .solve, .determinant, .symmetricEigen, .solveODE: true
      default: false
      }
    }
    guard NativeProgram.isAvailable, graph.nodes.count <= 400, !hasFactors else { return nil }
    return (try? NativeProgram(graph)).map(NativeExecutor.init)
  }

  /// Where machine code and the reference differ by more than rounding.
  ///
  /// Terms that cancel are not known here, so that differences count against the largest number.
  private func fault(in native: [Double], _ reference: [Double]) -> String? {
    let scale = reference.filter(\.isFinite).reduce(1) { max($0, abs($1)) }
    for (index, (a, b)) in zip(native, reference).enumerated() {
      if !a.isFinite && !b.isFinite { continue }
      if scale > 1e100 || abs(a - b) <= 1e-6 * scale { continue }
      return "output \(index) by machine code: \(a), not \(b)"
    }
    return nil
  }

  private func isSame(_ a: Double, _ b: Double) -> Bool {
    a == b || (a.isNaN && b.isNaN) || abs(a - b) <= 1e-9 * max(abs(a), abs(b))
  }

  private func isSmall(_ model: Model) -> Bool {
    let elements = (model.compiled.gradient.nodes + model.compiled.draw.nodes)
      .reduce(0) { $0 + $1.shape.count }
    return elements <= 4000 && model.program.model.fits.count <= 2
      && model.program.model.script.count <= 20
  }
}
