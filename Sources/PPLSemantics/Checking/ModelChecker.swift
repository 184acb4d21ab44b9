package import PPLSourceText
package import PPLSyntax
package import PPLTypeSystem

/// Finds the meaning of every name, axis, type and support of a program.
///
/// It never stops at the first mistake: what is wrong gets the invalid type, which agrees with everything.
///
/// Codes: E02 names and axes, E03 types and supports, E04 definitions and cycles, E05 distributions and
/// calls, E06 script, E09 not built yet.
package final class ModelChecker {
  let library: SignatureTable
  let engines: EngineCatalog
  package private(set) var diagnostics: [Diagnostic] = []
  var model = CheckedModel()

  // Declarations by name.
  var dimensionsByName: [String: DimensionID] = [:]
  /// The dimensions that declare a label.
  var dimensionsByLabel: [String: [DimensionID]] = [:]
  var variablesByName: [String: VariableID] = [:]
  /// The fields of each record among the quantities, which are quantities of names like `state.h`.
  var recordFields: [String: [String]] = [:]
  var functionsByName: [String: FunctionDeclaration] = [:]
  var distributionsByName: [String: DistributionDeclaration] = [:]
  var netsByName: [String: NetDeclaration] = [:]
  var externalsByName: [String: (id: ExternalID, declaration: ExternalDeclaration)] = [:]
  /// The nets that were checked; nil for those in which something was wrong.
  var checkedNets: [String: NetID?] = [:]
  /// The nets for any dimension, and those made of them for the types of a call; nil for what was reported.
  var genericNets: [NetID] = []
  var netInstances: [InstanceKey: NetID?] = [:]
  /// The dimensions of the program; behind them stand those that mean any.
  var declaredDimensionCount = 0
  /// The net whose text is being checked.
  var currentNet: NetInProgress?
  /// Sizes of dimensions that the text alone tells.
  var literalSizes: [DimensionID: Int] = [:]
  var guidesByName: [String: Int] = [:]
  /// The `param` declarations.
  var parameters: [(variable: VariableID, declaration: ParameterDeclaration, span: SourceSpan)] = []
  /// What is fitted where no statement gives it a distribution.
  var fittedVariables: Set<VariableID> = []
  /// The fits above the statement that is being checked.
  var fitsByName: [String: Int] = [:]
  /// The names of all `infer` statements.
  var fitNames: Set<String> = []
  /// The predictions above the statement that is being checked, with what stands for their values.
  var predictionsByName: [String: (prediction: Int, variable: VariableID)] = [:]
  /// Discrete latents without a last value, where a fit takes those.
  var unboundedLatents: [String] = []
  /// Names that belong to statements which are not built yet: using them is not reported again.
  var silencedNames: Set<String> = []

  /// Where the names of computed data stand: their equations define data.
  var pendingData: Set<SourceSpan> = []

  /// Systems of differential equations, and which of them moves the state of a name at a place.
  var pendingSystems: [PendingSystem] = []
  var systemsByState: [SourceSpan: Int] = [:]

  // The statement being checked.
  var scope = Scope()
  var references: Set<VariableID> = []
  var shifts: [ReferenceOccurrence] = []
  /// Whether the expression that is being checked may have rows of different lengths: it is reduced, or indexed.
  var acceptsRagged = false
  /// Whether the expression that is being checked may be a record: a name is given to it, or one of its fields is read.
  var acceptsRecord = false
  /// What the statement that is being checked defines.
  var currentTarget: (variable: VariableID, items: [TargetItem])?
  /// Set while a function body is checked: model variables are out of reach there.
  var isInsideFunction = false
  /// Set while a script expression is checked: model variables are read through a fit.
  var isInsideScript = false

  // Functions and distributions checked for certain types.
  var instances: [InstanceKey: InstanceResults] = [:]
  /// Those in which something was wrong are nil.
  var distributionInstances: [InstanceKey: CheckedInstance?] = [:]
  var functionsInProgress: [String] = []
  /// The program's dimensions, which a function's body sees whoever calls it.
  var programDimensions: [String: DimensionID] = [:]
  /// In a function's body, the generic dimensions that stand for axes without dimension.
  var genericAxes: [String: Axis] = [:]

  /// Occurrences of each equation's references, for the check of cycles.
  var occurrences: [[ReferenceOccurrence]] = []

  /// What equations define so far, to find what is defined twice.
  var coverage: [CoverageKey: Coverage] = [:]
  /// Known ranges of latents with the number of equations that they are made of.
  var ranges: [VariableID: (equationCount: Int, range: (lower: Double, upper: Double)?)] = [:]

  /// Levels of expressions and function bodies that are being checked.
  var depth = 0
  /// Most of them: recursion over the tree, function bodies in place of their calls, must not leave the stack.
  static let greatestDepth = 800

  private var suggestionCount = 0
  private var nextBinder = 0
  private var nextLocal = 0

  init(library: SignatureTable, engines: EngineCatalog) {
    self.library = library
    self.engines = engines
  }

  /// Checks a program.
  ///
  /// - Returns: the checked model (usable only if no diagnostic is an error) and everything found.
  package static func check(
    _ program: Program,
    library: SignatureTable,
    engines: EngineCatalog
  ) -> (model: CheckedModel, diagnostics: [Diagnostic]) {
    let checker = ModelChecker(library: library, engines: engines)
    checker.run(program)
    return (checker.model, checker.diagnostics)
  }

  private func run(_ program: Program) {
    let equations = collectDeclarations(program)
    checkParents(program)
    declaredDimensionCount = model.dimensions.count
    checkNets(program)
    let declared = diagnosticCount
    // Bounds of data and sizes may read computed data, whose types the equations give; the types of
    // data do not depend on their bounds. So messages about bounds wait for the second time.
    checkDataDeclarations(program)
    forgetDiagnostics(after: declared)
    checkEquations(equations)
    checkDataDeclarations(program)
    checkDimensionExtents(program)
    checkFactors(program)
    checkInitialValues()
    checkCycles()
    assignRoles(program)
    orderEvaluation()
    checkGuides(program)
    checkScript(program)
    if diagnostics.allSatisfy({ !$0.isError }) { addAutomaticFit() }
    finishGenericNets()
    // Statements are checked in the order of what they read; people read in the order of the text.
    // What several targets of one statement share is said once.
    var said: Set<Saying> = []
    diagnostics = diagnostics.filter { said.insert(Saying($0)).inserted }.enumerated().sorted {
      a,
      b in
      (a.element.primary?.span.start ?? 0, a.offset)
        < (b.element.primary?.span.start ?? 0, b.offset)
    }.map(\.element)
  }

  // MARK: Identities

  func makeBinder(_ name: Name, _ domain: CheckedBinder.Domain) -> CheckedBinder {
    defer { nextBinder += 1 }
    return CheckedBinder(id: BinderID(nextBinder), name: name, domain: domain)
  }

  func makeLocal() -> LocalID {
    defer { nextLocal += 1 }
    return LocalID(nextLocal)
  }

  // MARK: Reporting

  func report(_ diagnostic: Diagnostic) {
    diagnostics.append(diagnostic)
  }

  /// How many diagnostics there are, to come back to with `forgetDiagnostics(after:)`.
  var diagnosticCount: Int { diagnostics.count }

  func forgetDiagnostics(after count: Int) {
    diagnostics.removeLast(diagnostics.count - count)
  }

  func error(
    _ code: String,
    _ message: String,
    at span: SourceSpan,
    _ label: String = "",
    also: [Diagnostic.Label] = [],
    notes: [String] = [],
    help: String? = nil
  ) {
    report(
      Diagnostic(
        code: code,
        message: message,
        primary: .init(span, label),
        secondary: also,
        notes: notes,
        help: help
      )
    )
  }

  /// A name that is probably meant; nil also after many misspelt names, so that a program full of them is
  /// checked in linear time.
  func suggestion(for name: String, among candidates: @autoclosure () -> [String]) -> String? {
    guard suggestionCount < 32 else { return nil }
    suggestionCount += 1
    return nearestName(to: name, among: candidates())
  }

  /// Reports a construct of the language that this version does not run.
  func notBuilt(_ what: String, at span: SourceSpan, help: String? = nil) {
    error("E0901", "\(what) cannot be run by this version", at: span, help: help)
  }
}

/// What makes two messages one to a reader.
private struct Saying: Hashable {
  var code: String
  var message: String
  var span: SourceSpan?

  init(_ diagnostic: Diagnostic) {
    code = diagnostic.code
    message = diagnostic.message
    span = diagnostic.primary?.span
  }
}

/// A function or distribution with the types it was called with.
struct InstanceKey: Hashable {
  var name: String
  var types: [ValueType]
}

/// A function checked for the types of one call: an instance for its value, or for each field of its record.
struct InstanceResults {
  var values: [FunctionInstanceID]
  /// Names of the fields; empty for a value that is no record.
  var fields: [String]
}

/// The inner names in reach: binders, `with` names, parameters.
struct Scope {
  enum Entry {
    case binder(BinderID, ValueType)
    case local(LocalID, ValueType, Stage)
    case record([(name: String, id: LocalID, type: ValueType)], Stage)
  }

  private var entries: [(name: String, entry: Entry)] = []

  /// Number of names, to come back to with `leave(to:)`.
  var depth: Int { entries.count }

  mutating func enter(_ name: String, _ entry: Entry) {
    entries.append((name, entry))
  }

  mutating func leave(to depth: Int) {
    entries.removeLast(entries.count - depth)
  }

  func lookup(_ name: String) -> Entry? {
    entries.last { $0.name == name }?.entry
  }

  var names: [String] { entries.map(\.name) }
}
