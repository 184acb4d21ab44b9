import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

// Arrays that come in rows stay in their files, and what is computed from them row by row waits as well: fits by steps read
// the rows of a step. All else that wants them, also in the binding itself, gets them whole.

/// What data or computed data are bound to.
enum BoundData {
  case held(Tensor)
  case rows(any RowSource, ElementKind)
  /// What follows from such rows one by one.
  case followingRows(Shape, ElementKind)
}

extension DataBinder {
  // MARK: Rows of files

  /// The rows of data that can stay in their file, held against the declaration part by part; nil where they have to be read.
  func rows(_ id: VariableID, _ variable: Variable, _ binding: DataBinding) throws(LoweringError)
    -> BoundData?
  {
    guard streamsRows, let array = array(for: binding), case .rows(let source) = array.content,
      binding.missingCode == nil, raggedAxis(of: variable) == nil,
      let kind = Self.kind(of: variable), isCheckedByRows(binding, rank: array.shape.count)
    else { return nil }
    try checkShape(variable, array)
    let shape = Shape(array.shape)
    let isAnyNumber = if case .none = binding.constraint { kind != .boolean } else { false }
    if !isAnyNumber || (kind == .integer && !source.isWhole) {
      try source.forEachPart { (first, numbers) throws(LoweringError) in
        try check(numbers, from: first, shape, variable, binding, array)
      } failing: {
        LoweringError(unreadable($0, variable))
      }
    }
    return .rows(source, kind)
  }

  /// What numbers of a type are; nil for labels and what is no number.
  private static func kind(of variable: Variable) -> ElementKind? {
    switch variable.type.element {
    case .real: .real
    case .integer: .integer
    case .boolean: .boolean
    case .index, .string, .record, .invalid: nil
    }
  }

  /// Whether what a declaration says of its values can be held against some rows at a time.
  private func isCheckedByRows(_ binding: DataBinding, rank: Int) -> Bool {
    switch binding.constraint {
    case .none, .set: true
    case .bounds(let lower, let upper):
      [lower, upper].allSatisfy { $0.map { $0.value.type.axes.isEmpty } ?? true }
    case .vector: rank >= 2
    case .matrix: rank >= 3
    }
  }

  /// All numbers of rows, for who cannot do with some at a time.
  func held(_ source: any RowSource, _ variable: Variable) throws(LoweringError) -> [Double] {
    try checkSize(source.shape, variable)
    do throws(RowSourceError) { return try source.allNumbers() } catch {
      throw LoweringError(unreadable(error, variable))
    }
  }

  /// All of what is streamed; `span` wants it.
  func whole(_ id: VariableID, _ data: BoundData, _ span: SourceSpan?) throws(LoweringError)
    -> Tensor
  {
    switch data {
    case .held(let tensor): return tensor
    case .rows(let source, let kind):
      let numbers = try held(source, model.variables[id.index])
      return Tensor(shape: Shape(source.shape), kind: kind, values: numbers)
    case .followingRows: return try compute(id)
    }
  }

  private func checkSize(_ shape: [Int], _ variable: Variable) throws(LoweringError) {
    if let error = tooLarge(shape, variable, elementBudget) { throw error }
  }

  // MARK: What follows from them

  /// Says that computed data follow from rows that stay in a file, so that they need not be computed now; nil for others.
  func following(_ id: VariableID) throws(LoweringError) -> BoundData? {
    let variable = model.variables[id.index]
    guard streamsRows, let kind = Self.kind(of: variable),
      let rows = variable.type.axes.first?.dimension,
      !model.recursions.contains(where: { $0.axes[id] != nil })
    else { return nil }
    var sizes: [Int] = []
    for axis in variable.type.axes {
      guard case .dimension(let dimension) = axis else { return nil }
      let bound = try self.dimension(dimension)
      guard bound.sizes == nil else { return nil }
      sizes.append(bound.count)
    }
    var readsRows = false
    for number in variable.equations {
      let equation = model.equations[number]
      guard case .definition = equation.body else { continue }
      for read in equation.references.inOrder
      where model.variables[read.index].type.axes.first?.dimension == rows {
        if case .held = try data(of: read, equation.span) { continue }
        readsRows = true
      }
    }
    return readsRows ? .followingRows(Shape(sizes), kind) : nil
  }

  // MARK: Once all is bound

  /// An array whose rows stay in a file.
  func streamed(_ id: VariableID, _ source: any RowSource, _ kind: ElementKind) -> StreamedArray {
    let variable = model.variables[id.index]
    let budget = elementBudget
    return StreamedArray(Shape(source.shape), kind, source: source) { () throws(LoweringError) in
      if let error = tooLarge(source.shape, variable, budget) { throw error }
      do throws(RowSourceError) {
        return Tensor(shape: Shape(source.shape), kind: kind, values: try source.allNumbers())
      } catch {
        throw LoweringError(unreadable(error, variable))
      }
    }
  }

  /// An array that follows from rows; `bound` holds what it reads.
  func following(_ id: VariableID, _ shape: Shape, _ kind: ElementKind, _ bound: BoundModel)
    -> StreamedArray
  {
    let budget = elementBudget
    return StreamedArray(shape, kind, source: nil) { () throws(LoweringError) in
      let variable = bound.model.variables[id.index]
      if let error = tooLarge(shape.sizes, variable, budget) { throw error }
      let lowering = Lowering(bound, GraphBuilder(elementBudget: budget))
      let assembly = ArrayAssembly(
        variable: variable,
        id: id,
        model: bound.model,
        lowering: lowering
      )
      let value = try assembly.definedValue()
      try lowering.checkBudget(variable.name.span)
      guard let tensor = value.node.constantValue else {
        preconditionFailure("what is computed from data is known")
      }
      return tensor
    }
  }
}

extension Lowering {
  /// A lowering of what data alone give.
  convenience init(_ bound: BoundModel, _ builder: GraphBuilder) {
    self.init(
      model: bound.model,
      builder: builder,
      dimensions: { (id: DimensionID) throws(LoweringError) -> BoundDimension in bound[id] },
      variable: { (id: VariableID, span: SourceSpan) throws(LoweringError) -> VariableValue in
        guard let tensor = try bound.values.whole(id) else {
          preconditionFailure("what is known from data reads data only")
        }
        return VariableValue(builder.constant(tensor))
      },
      externals: bound.externals
    )
  }
}

/// Says that a file can no longer be read.
func unreadable(_ error: RowSourceError, _ variable: Variable) -> Diagnostic {
  Diagnostic(
    code: "E0807",
    message: error.message,
    primary: .init(variable.name.span, "its rows are read from the file when they are wanted"),
    dataLocation: .init(file: error.file)
  )
}

/// Says that an array that is wanted whole has more elements than are held; nil where it has not.
private func tooLarge(_ sizes: [Int], _ variable: Variable, _ budget: Int) -> LoweringError? {
  let count = checkedProduct(sizes)
  if let count, count <= budget { return nil }
  let shape = sizes.map(String.init).joined(separator: " x ")
  return LoweringError(
    Diagnostic(
      code: "E0817",
      message: "`\(variable.name.text)` is too large to be held as a whole, as is wanted here",
      primary: .init(variable.name.span, "\(shape) elements"),
      help: "at most \(budget) elements are held; fits by steps along its first axis read it row by"
        + " row, if statements read their own row only"
    )
  )
}
