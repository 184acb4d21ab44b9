import PPLGraphIR
package import PPLSemantics
package import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// Brings a checked model and its data together.
///
/// Dimensions and data depend on each other in any order (a size may be a datum, a datum has axes), so
/// each is resolved when first asked for. Every mistake is reported; the rest goes on.
///
/// Codes: E07 labels and indices, E08 data.
package final class DataBinder {
  let model: CheckedModel
  /// What comes with the program.
  let shared: DataSource
  /// What the files give that declarations name, by path as written.
  let named: [String: DataSource]
  /// What of an earlier binding stays in force.
  let earlier: EarlierBinding
  package private(set) var diagnostics: [Diagnostic] = []

  private enum Resolution<Value> {
    case inProgress
    case failed
    case done(Value)
  }

  private var dimensions: [Resolution<BoundDimension>?]
  private var values: [Resolution<BoundData>?]
  /// Arrays of rows that something of the binding wanted whole.
  private var wholes: [VariableID: Tensor] = [:]
  /// Whether rows may stay in their files.
  let streamsRows: Bool
  /// Elements that arrays may hold in all.
  let elementBudget: Int
  let externals: ExternalFunctions
  private var origins: [VariableID: [Int]] = [:]
  /// Where data from files use each dimension: as an axis, and as what their elements are.
  let uses: [(axes: [(variable: Int, axis: Int)], elements: [Int])]
  /// Sizes and values that are being resolved, each for the one before it.
  private var depth = 0
  /// Most of them: recursion must not leave the stack.
  private static let greatestDepth = 200
  private var reported: Set<Diagnostic> = []
  private var suggestionCount = 0
  private let builder: GraphBuilder
  private lazy var lowering = Lowering(
    model: model,
    builder: builder,
    dimensions: { [unowned self] (id: DimensionID) throws(LoweringError) -> BoundDimension in
      try self.dimension(id)
    },
    variable: {
      [unowned self] (id: VariableID, span: SourceSpan) throws(LoweringError) -> VariableValue in
      let tensor = try self.value(id, span)
      if self.missing[id] != nil { throw self.incomplete(id, span) }
      return VariableValue(self.builder.constant(tensor), origins: self.origins[id])
    },
    known: {
      [unowned self] (id: VariableID, span: SourceSpan) throws(LoweringError) -> Tensor in
      try self.value(id, span).without(self.missing[id] ?? [])
    },
    externals: externals
  )

  /// Data over ragged dimensions as they are held.
  var rectangles: [VariableID: DataArray] = [:]
  /// Positions of missing cells.
  var missing: [VariableID: [Int]] = [:]

  private func incomplete(_ id: VariableID, _ span: SourceSpan) -> LoweringError {
    let name = model.variables[id.index].name.text
    return LoweringError(
      "E0810",
      "`\(name)` has missing cells, so that nothing is computed from it before they are imputed",
      at: span,
      "read here",
      help: "take its known elements: `known(\(name))`"
    )
  }

  init(
    model: CheckedModel,
    shared: DataSource,
    named: [String: DataSource],
    earlier: EarlierBinding,
    streamsRows: Bool,
    elementBudget: Int,
    externals: ExternalFunctions
  ) {
    self.streamsRows = streamsRows
    self.elementBudget = elementBudget
    self.externals = externals
    self.model = model
    self.shared = shared
    self.named = named
    self.earlier = earlier
    var uses = [(axes: [(variable: Int, axis: Int)], elements: [Int])](
      repeating: ([], []),
      count: model.dimensions.count
    )
    for (index, variable) in model.variables.enumerated() {
      guard case .data = variable.role else { continue }
      for (axis, place) in variable.type.axes.enumerated() {
        if case .dimension(let id) = place { uses[id.index].axes.append((index, axis)) }
      }
      if case .index(let id) = variable.type.element { uses[id.index].elements.append(index) }
    }
    self.uses = uses
    dimensions = .init(repeating: nil, count: model.dimensions.count)
    values = .init(repeating: nil, count: model.variables.count)
    builder = GraphBuilder(elementBudget: elementBudget)
  }

  /// Binds data to a model.
  ///
  /// - Parameters:
  ///   - model: the checked program.
  ///   - shared: what comes with the program, for declarations without `from`.
  ///   - named: what the files of `from` give, by path as written.
  ///   - earlier: what of an earlier binding of the same model stays in force.
  ///   - streamsRows: whether arrays that come in rows are read row by row where that is possible; else they are held.
  ///   - elementBudget: elements that arrays may hold in all.
  ///   - externals: what the program calls outside of itself.
  /// - Returns: the bound model, nil if a diagnostic is an error; and everything found.
  package static func bind(
    _ model: CheckedModel,
    shared: DataSource,
    named: [String: DataSource] = [:],
    earlier: EarlierBinding = EarlierBinding(),
    streamsRows: Bool = false,
    elementBudget: Int = ModelCompiler.elementBudget,
    externals: ExternalFunctions = ExternalFunctions()
  ) -> (model: BoundModel?, diagnostics: [Diagnostic]) {
    let binder = DataBinder(
      model: model,
      shared: shared,
      named: named,
      earlier: earlier,
      streamsRows: streamsRows,
      elementBudget: elementBudget,
      externals: externals
    )
    let bound = binder.run()
    return (bound, binder.diagnostics)
  }

  private func run() -> BoundModel? {
    for index in model.variables.indices where !earlier.absent.contains(VariableID(index)) {
      if case .data = model.variables[index].role { bindQuietly(VariableID(index)) }
    }
    for index in model.dimensions.indices {
      do throws(LoweringError) { _ = try dimension(DimensionID(index)) } catch {
        report(error.diagnostic)
      }
    }
    // In the order in which they read each other, so that chains of any length are short recursions.
    for id in model.evaluationOrder where !earlier.absent.contains(id) {
      if case .computed = model.variables[id.index].role { bindQuietly(id) }
    }
    reportUnusedKeys()
    guard !diagnostics.contains(where: \.isError) else { return nil }
    var bound = BoundModel(model: model, dimensions: [], values: BoundValues(), arrays: [:])
    for case .done(let dimension)? in dimensions { bound.dimensions.append(dimension) }
    bound.missing = missing
    bound.absent = earlier.absent
    bound.externals = externals
    for (index, value) in values.enumerated() {
      let id = VariableID(index)
      guard case .done(let data)? = value else { continue }
      switch data {
      case .held(let tensor): bound.values[id] = tensor
      case .rows(let source, let kind): bound.values.stream(id, streamed(id, source, kind))
      case .followingRows: break
      }
      if case .data(let binding) = model.variables[index].role {
        bound.arrays[id] = rectangles[id] ?? array(for: binding)
      }
    }
    // Each reads those before it.
    for id in model.evaluationOrder {
      guard case .done(.followingRows(let shape, let kind))? = values[id.index] else { continue }
      bound.values.stream(id, following(id, shape, kind, bound))
    }
    return bound
  }

  /// Resolves a value; what fails is reported.
  private func bindQuietly(_ id: VariableID) {
    do throws(LoweringError) { _ = try data(of: id, nil) } catch { report(error.diagnostic) }
  }

  func report(_ diagnostic: Diagnostic) {
    guard diagnostic.code != Self.silent.diagnostic.code else { return }
    if reported.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
  }

  /// A name that is probably meant; nil also after many misspelt names.
  func suggestion(for name: String, among candidates: some Sequence<String>) -> String? {
    guard suggestionCount < 32 else { return nil }
    suggestionCount += 1
    return nearestName(to: name, among: candidates)
  }

  /// Stands for a failure that was reported where it happened.
  static let silent = LoweringError(Diagnostic(code: "", message: ""))

  // MARK: Dimensions

  /// The labels of a dimension.
  func dimension(_ id: DimensionID) throws(LoweringError) -> BoundDimension {
    switch dimensions[id.index] {
    case .done(let dimension): return dimension
    case .failed: throw Self.silent
    case .inProgress:
      let name = model.dimensions[id.index].name
      throw LoweringError(
        "E0403",
        "the size of `\(name.text)` depends on itself",
        at: name.span
      )
    case nil: break
    }
    dimensions[id.index] = .inProgress
    depth += 1
    defer { depth -= 1 }
    do throws(LoweringError) {
      try checkDepth(model.dimensions[id.index].name)
      let result = try resolve(id)
      dimensions[id.index] = .done(result)
      return result
    } catch {
      report(error.diagnostic)
      dimensions[id.index] = .failed
      throw Self.silent
    }
  }

  private func resolve(_ id: DimensionID) throws(LoweringError) -> BoundDimension {
    let declared = model.dimensions[id.index]
    let name = declared.name
    let labels: BoundDimension.Labels
    var sizes: [Int]?
    if let parent = declared.parent {
      let own = try raggedSizes(id)
      let count = try dimension(parent).count
      guard own.count == count else {
        throw LoweringError(
          "E0802",
          "`\(name.text)` has \(own.count) rows, and `\(model.dimensions[parent.index].name.text)` has"
            + " \(count) labels",
          at: name.span
        )
      }
      sizes = own
    }
    switch declared.extent {
    case _ where sizes != nil: labels = .integers(first: 1, count: sizes?.max() ?? 0)
    case .ragged: labels = .integers(first: 1, count: 0)
    case .labels(let strings): labels = .strings(strings)
    case .count(let expression):
      let count = try extent(expression)
      // Labels of the data go with a declared count.
      labels = try dataLabels(id, count: count) ?? .integers(first: 1, count: count)
    case .range(let low, let high):
      let first = try extent(low)
      let last = try extent(high)
      labels = .integers(first: first, count: max(0, last - first + 1))
    case .inferred: labels = try inferredLabels(id)
    }
    let dimension = BoundDimension(name: name.text, labels: labels, sizes: sizes)
    guard dimension.count > 0 else {
      throw LoweringError("E0802", "the dimension `\(name.text)` is empty", at: name.span)
    }
    guard dimension.count <= builder.elementBudget else {
      throw LoweringError(
        "E0803",
        "the dimension `\(name.text)` is too large",
        at: name.span,
        "\(dimension.count) elements",
        help: "at most \(builder.elementBudget) elements are held"
      )
    }
    return dimension
  }

  private func extent(_ expression: CheckedExpression) throws(LoweringError) -> Int {
    let number = try lowering.constantScalar(
      expression,
      Plate.makeRoot(),
      "the size of a dimension"
    )
    guard let value = Int(exactly: number), value.magnitude <= 1 << 52 else {
      throw LoweringError(
        "E0802",
        "the size of a dimension must be an integer",
        at: expression.span,
        "this is \(lowering.shortNumber(number))"
      )
    }
    return value
  }

  /// Labels from a key named as the dimension: one unique label for each position.
  private func dataLabels(_ id: DimensionID, count: Int) throws(LoweringError)
    -> BoundDimension.Labels?
  {
    guard let array = try labelArray(of: id), array.shape == [count] else { return nil }
    switch array.content {
    case .strings(let strings, let missing):
      guard missing.isEmpty, Set(strings).count == count else { return nil }
      return .strings(strings)
    case .numbers(let numbers, let missing):
      guard missing.isEmpty, Set(numbers).count == count else { return nil }
      let integers = numbers.compactMap { Self.code($0) }
      guard integers.count == count else { return nil }
      if let first = integers.first, integers.indices.allSatisfy({ integers[$0] == first + $0 }) {
        return .integers(first: first, count: count)
      }
      return .codes(integers)
    case .rows, .other: return nil
    }
  }

  /// A number as an integer label: whole, and small enough that its neighbours are numbers too.
  private static func code(_ number: Double) -> Int? {
    abs(number) <= 0x1p53 ? Int(exactly: number) : nil
  }

  private func inferredLabels(_ id: DimensionID) throws(LoweringError) -> BoundDimension.Labels {
    let name = model.dimensions[id.index].name
    // Arrays over the dimension give its size.
    var size: (count: Int, variable: Variable)?
    for use in uses[id.index].axes {
      let variable = model.variables[use.variable]
      let axis = use.axis
      if case .data(let binding) = variable.role, let array = array(for: binding),
        let count = extent(of: array, axis, variable)
      {
        if let known = size, known.count != count {
          var diagnostic = Diagnostic(
            code: "E0802",
            message: "`\(known.variable.name.text)` and `\(variable.name.text)` disagree about the"
              + " size of `\(name.text)`",
            primary: .init(name.span, "no single size"),
            secondary: [
              .init(known.variable.name.span, "\(known.count) elements"),
              .init(variable.name.span, "\(count) elements"),
            ],
            dataLocation: array.location()
          )
          diagnostic.help = "arrays over one dimension have equal lengths"
          throw LoweringError(diagnostic)
        }
        size = (count, variable)
      }
    }
    if let size {
      return try dataLabels(id, count: size.count) ?? .integers(first: 1, count: size.count)
    }
    return try levels(of: id)
  }

  /// The length of an axis of an array; nil if it has another number of axes than the program says.
  private func extent(of array: DataArray, _ axis: Int, _ variable: Variable) -> Int? {
    if raggedAxis(of: variable) != nil, let lengths = array.rowLengths { return lengths.count }
    return array.shape.count == variable.type.rank ? array.shape[axis] : nil
  }

  /// The values of an expression at each index of a binder.
  func evaluated(_ expression: CheckedExpression, over binder: CheckedBinder)
    throws(LoweringError) -> [Double]
  {
    let plate = try lowering.bind(binder, Plate.makeRoot())
    let value = try lowering.lower(expression, plate)
    return try lowering.constantTensor(value, plate, "the size of a dimension", expression.span)
  }

  func shortNumber(_ number: Double) -> String { lowering.shortNumber(number) }

  /// Labels from data that hold indices of the dimension: sorted levels.
  private func levels(of id: DimensionID) throws(LoweringError) -> BoundDimension.Labels {
    let name = model.dimensions[id.index].name
    var strings: Set<String> = []
    var codes: Set<Int> = []
    for index in uses[id.index].elements {
      guard case .data(let binding) = model.variables[index].role,
        let array = array(for: binding)
      else { continue }
      switch array.content {
      case .strings(let texts, let missing):
        let absent = Set(missing)
        for (position, text) in texts.enumerated() where !absent.contains(position) {
          strings.insert(text)
        }
      case .numbers(let numbers, _):
        for number in numbers { if let code = Self.code(number) { codes.insert(code) } }
      case .rows(let source):
        try source.forEachPart { (_, numbers) throws(LoweringError) in
          for number in numbers { if let code = Self.code(number) { codes.insert(code) } }
        } failing: {
          LoweringError(unreadable($0, model.variables[index]))
        }
      case .other: break
      }
    }
    if !strings.isEmpty {
      strings.formUnion(codes.map(String.init))
      // Labels that were known keep their places.
      guard let known = earlier.labels[id], case .strings(let first) = known.labels else {
        return .strings(strings.sorted())
      }
      return .strings(first + strings.subtracting(first).sorted())
    }
    if let array = try labelArray(of: id), array.shape.count == 1, let count = array.shape.first,
      let labels = try dataLabels(id, count: count)
    {
      return labels
    }
    if let known = earlier.labels[id], !known.hasIntegerLabels { return known.labels }
    if let known = earlier.labels[id] {
      for position in 0..<known.count {
        if let code = known.integerLabel(at: position) { codes.insert(code) }
      }
    }
    guard let first = codes.min(), let last = codes.max() else {
      // Data that would give it are missing or have another shape, which is reported for them.
      for variable in model.variables {
        guard case .data(let binding) = variable.role else { continue }
        let givesSize = variable.type.axes.contains(.dimension(id))
        if givesSize || variable.type.element == .index(id) && array(for: binding) == nil {
          throw Self.silent
        }
      }
      throw LoweringError(
        "E0802",
        "nothing gives the size of `\(name.text)`",
        at: name.span,
        help: "declare it: `dim \(name.text) = n`, or bind data that run over it"
      )
    }
    let sorted = codes.sorted()
    // Codes 1..n, as most files have them, are positions.
    if last - first + 1 == sorted.count { return .integers(first: first, count: sorted.count) }
    return .codes(sorted)
  }

  // MARK: Values

  /// The value of data or computed data, all of it.
  func value(_ id: VariableID, _ span: SourceSpan?) throws(LoweringError) -> Tensor {
    let data = try data(of: id, span)
    if case .held(let tensor) = data { return tensor }
    if let known = wholes[id] { return known }
    do throws(LoweringError) {
      let whole = try whole(id, data, span)
      wholes[id] = whole
      return whole
    } catch {
      report(error.diagnostic)
      throw Self.silent
    }
  }

  /// What data or computed data are bound to.
  func data(of id: VariableID, _ span: SourceSpan?) throws(LoweringError) -> BoundData {
    switch values[id.index] {
    case .done(let data): return data
    case .failed: throw Self.silent
    case .inProgress:
      let name = model.variables[id.index].name
      throw LoweringError("E0403", "`\(name.text)` depends on itself", at: span ?? name.span)
    case nil: break
    }
    if let tensor = earlier.values[id] {
      values[id.index] = .done(.held(tensor))
      return .held(tensor)
    }
    let variable = model.variables[id.index]
    values[id.index] = .inProgress
    depth += 1
    defer { depth -= 1 }
    do throws(LoweringError) {
      try checkDepth(variable.name)
      let result: BoundData
      switch variable.role {
      case .data(let binding):
        if let rows = try rows(id, variable, binding) {
          result = rows
        } else {
          result = .held(try read(id, variable, binding))
        }
      case .computed:
        if let rows = try following(id) {
          result = rows
        } else {
          result = .held(try compute(id))
        }
      case .modeled, .predicted: result = .held(try compute(id))
      }
      values[id.index] = .done(result)
      return result
    } catch {
      report(error.diagnostic)
      values[id.index] = .failed
      throw Self.silent
    }
  }

  private func checkDepth(_ name: Name) throws(LoweringError) {
    guard depth > Self.greatestDepth else { return }
    throw LoweringError(
      "E0504",
      "`\(name.text)` is at the end of a chain of sizes and data that is too long",
      at: name.span,
      "after \(depth - 1) others that need each other",
      help: "let them depend on fewer others in a row"
    )
  }

  /// Evaluates the equations that compute data (or a derived quantity of data).
  func compute(_ id: VariableID) throws(LoweringError) -> Tensor {
    let variable = model.variables[id.index]
    let assembly = ArrayAssembly(variable: variable, id: id, model: model, lowering: lowering)
    let value: VariableValue
    if let recursion = model.recursions.first(where: { $0.axes[id] != nil }),
      let own = try RecursionLowering(recursion, lowering).values()[id]
    {
      value = own
    } else {
      value = try assembly.definedValue()
    }
    try lowering.checkBudget(variable.name.span)
    origins[id] = value.origins
    guard let tensor = value.node.constantValue else {
      throw LoweringError(
        "E0304",
        "`\(variable.name.text)` must be computable from data",
        at: variable.name.span,
        "depends on a latent quantity"
      )
    }
    return tensor
  }

  /// The value of an expression of a type's bound, evaluated without plate.
  func bound(_ expression: CheckedExpression) throws(LoweringError) -> Tensor {
    let value = try lowering.lower(expression, Plate.makeRoot())
    guard let tensor = value.node.constantValue else {
      throw LoweringError(
        "E0304",
        "the bound of data must be computable from data",
        at: expression.span
      )
    }
    return tensor
  }

  /// The size of an axis of data as declared; nil if the data give it.
  func size(_ axis: Axis) throws(LoweringError) -> Int? {
    switch axis {
    case .dimension(let id), .part(let id): try dimension(id).count
    case .anonymous(let size): size
    case .literal(let size): size
    }
  }
}
