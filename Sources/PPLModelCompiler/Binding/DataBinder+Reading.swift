import PPLSemantics
import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

extension DataBinder {
  /// Holds what a file gives under a key against the declaration: shape, type, labels and bounds.
  func read(_ id: VariableID, _ variable: Variable, _ binding: DataBinding)
    throws(LoweringError) -> Tensor
  {
    guard var array = array(for: binding) else { throw missingKey(variable, binding) }
    if case .rows(let source) = array.content {
      array.content = .numbers(try held(source, variable), missing: [])
    }
    if let ragged = raggedAxis(of: variable) {
      array = try rectangle(variable, array, ragged)
      rectangles[id] = array
    } else if array.rowLengths != nil {
      throw wrong(
        variable,
        array,
        nil,
        "the rows of `\(binding.key)` differ in length",
        "\(describe(variable)) is wanted",
        help:
          "give rows of one length, or declare that they have lengths of their own: `dim person, visit[person]`"
      )
    }
    if case .other(let what) = array.content {
      throw wrong(
        variable,
        array,
        nil,
        "`\(binding.key)` is \(what)",
        "\(describe(variable)) is wanted",
        help:
          "a list holds values of one kind, rows of one length; `null` stands for a missing value"
      )
    }
    try checkShape(variable, array)
    let shape = Shape(array.shape)
    switch (array.content, variable.type.element) {
    case (.other, _), (.rows, _): preconditionFailure("refused or read above")
    case (.strings(let strings, let missing), .index(let dimension)):
      var filled = strings
      if !missing.isEmpty {
        try refuseMissing(missing, variable, array)
        noteMissing(missing, id, variable, array)
        // A label that there is stands in their places.
        let gone = Set(missing)
        let filler = strings.indices.first { !gone.contains($0) }.map { strings[$0] }
        for cell in missing { filled[cell] = filler ?? "" }
      }
      return Tensor(
        shape: shape,
        kind: .integer,
        values: try positions(filled, dimension, variable, array)
      )
    case (.strings(let strings, _), _):
      // One cell that is no number makes a whole column text.
      let element = strings.firstIndex { !$0.isEmpty && Double($0) == nil } ?? 0
      let text = strings.isEmpty ? "" : strings[element]
      throw wrong(
        variable,
        array,
        element,
        "the key `\(binding.key)` holds text, where numbers are declared",
        "\"\(text)\" is no number",
        help: "for labels of a dimension d declare `: d`"
      )
    case (.numbers(let numbers, let missing), _):
      var absent = missing
      if let code = binding.missingCode, let value = try bound(code).scalar {
        absent += numbers.indices.filter { numbers[$0] == value }
      }
      guard !absent.isEmpty else {
        return try convert(numbers, shape, variable, binding, array)
      }
      absent = Set(absent).sorted()
      try refuseMissing(absent, variable, array)
      noteMissing(absent, id, variable, array)
      // A value that the declaration allows stands in their places.
      let gone = Set(absent)
      let filler = numbers.indices.first { !gone.contains($0) }.map { numbers[$0] }
      var filled = numbers
      for cell in absent { filled[cell] = filler ?? 1 }
      return try convert(filled, shape, variable, binding, array)
    }
  }

  private func describe(_ variable: Variable) -> String {
    let element =
      switch variable.type.element {
      case .real: "real numbers"
      case .integer: "integers"
      case .boolean: "0 or 1"
      case .index(let id): "labels of `\(model.dimensions[id.index].name.text)`"
      case .string, .record, .invalid: "values"
      }
    return variable.type.isScalar ? "one value (\(element))" : "an array of \(element)"
  }

  func missingKey(_ variable: Variable, _ binding: DataBinding) -> LoweringError {
    let source = source(of: binding)
    let files = source.files
    let where_ = files.isEmpty ? "no data file is given" : "not in \(files.joined(separator: ", "))"
    var diagnostic = Diagnostic(
      code: "E0801",
      message: "there are no data for `\(variable.name.text)`",
      primary: .init(variable.name.span, "key `\(binding.key)`: \(where_)")
    )
    let near = suggestion(for: binding.key, among: source.arrays.keys)
    diagnostic.help =
      near.map { "did you mean the key `\($0)`? Write `key \"\($0)\"` behind the type" }
      ?? (files.isEmpty
        ? "give a file: `--data FILE`"
        : source.sortedKeys.isEmpty ? "the data have no keys" : "the keys are \(keyList(source))")
    return LoweringError(diagnostic)
  }

  private func keyList(_ source: DataSource) -> String {
    let keys = source.sortedKeys
    return keys.prefix(12).joined(separator: ", ") + (keys.count > 12 ? ", …" : "")
  }

  /// An error at an element of a data file, with the declaration as second place.
  func wrong(
    _ variable: Variable,
    _ array: DataArray,
    _ element: Int?,
    _ message: String,
    _ label: String,
    help: String? = nil,
    code: String = "E0804"
  ) -> LoweringError {
    LoweringError(
      Diagnostic(
        code: code,
        message: message,
        primary: .init(variable.name.span, label),
        dataLocation: array.location(of: element),
        help: help
      )
    )
  }

  func checkShape(_ variable: Variable, _ array: DataArray) throws(LoweringError) {
    let axes = variable.type.axes
    func words(_ shape: [Int]) -> String {
      shape.isEmpty
        ? "one value" : "an array of \(shape.map(String.init).joined(separator: " x "))"
    }
    guard array.shape.count == axes.count else {
      throw wrong(
        variable,
        array,
        nil,
        axes.isEmpty
          ? "`\(variable.name.text)` is one value in the program"
          : "`\(variable.name.text)` has \(axes.count) \(axes.count == 1 ? "axis" : "axes") in the program",
        "the data are \(words(array.shape))",
        help: array.shape.count > axes.count
          ? "declare all of its dimensions: `\(variable.name.text)["
            + (1...array.shape.count).map { "d\($0)" }.joined(separator: ", ") + "]`"
          : "bind data with as many axes, or declare fewer dimensions",
        code: "E0802"
      )
    }
    for (position, axis) in axes.enumerated() {
      guard let size = try size(axis), size != array.shape[position] else { continue }
      let what =
        axis.dimension.map { "`\(model.dimensions[$0.index].name.text)` has \(size) labels" }
        ?? "\(size) are declared"
      throw wrong(
        variable,
        array,
        nil,
        "axis \(position + 1) of `\(variable.name.text)` has \(array.shape[position]) elements",
        what,
        help: "the data and the dimension must have one size",
        code: "E0802"
      )
    }
  }

  private func refuseMissing(_ missing: [Int], _ variable: Variable, _ array: DataArray)
    throws(LoweringError)
  {
    guard let first = missing.min() else { return }
    let isObserved = variable.equations.contains { index in
      if case .distribution = model.equations[index].body { true } else { false }
    }
    if isObserved { return }
    let count = missing.count == 1 ? "a cell is missing" : "\(missing.count) cells are missing"
    throw wrong(
      variable,
      array,
      first,
      "`\(variable.name.text)`: \(count)",
      "data without a distribution cannot be missing",
      help: "remove these rows from the data file",
      code: "E0806"
    )
  }

  /// Remembers missing cells of observations and tells of them.
  private func noteMissing(
    _ cells: [Int],
    _ id: VariableID,
    _ variable: Variable,
    _ array: DataArray
  ) {
    missing[id] = cells
    let count = cells.count == 1 ? "1 cell" : "\(cells.count) cells"
    report(
      Diagnostic(
        code: "W0802",
        severity: .warning,
        message: "\(count) of `\(variable.name.text)` \(cells.count == 1 ? "is" : "are") missing"
          + " and imputed",
        primary: .init(variable.name.span, "each is a latent of its own statement"),
        dataLocation: array.location(of: cells[0])
      )
    )
  }

  private func positions(
    _ strings: [String],
    _ id: DimensionID,
    _ variable: Variable,
    _ array: DataArray
  ) throws(LoweringError) -> [Double] {
    let dimension = try dimension(id)
    var result: [Double] = []
    result.reserveCapacity(strings.count)
    for (element, text) in strings.enumerated() {
      let position =
        dimension.position(of: text)
        ?? (dimension.hasIntegerLabels ? Double(text).flatMap { dimension.position(of: $0) } : nil)
      guard let position else {
        var help: String?
        if case .strings(let labels) = dimension.labels {
          help = suggestion(for: text, among: labels).map { "did you mean \"\($0)\"?" }
        }
        throw wrong(
          variable,
          array,
          element,
          "\"\(text)\" is no label of `\(dimension.name)`",
          "its labels are \(dimension.summary)",
          help: help,
          code: "E0701"
        )
      }
      result.append(Double(position))
    }
    return result
  }

  private func convert(
    _ numbers: [Double],
    _ shape: Shape,
    _ variable: Variable,
    _ binding: DataBinding,
    _ array: DataArray
  ) throws(LoweringError) -> Tensor {
    try check(numbers, from: 0, shape, variable, binding, array)
    switch variable.type.element {
    case .index(let id):
      let dimension = try dimension(id)
      var result: [Double] = []
      result.reserveCapacity(numbers.count)
      for (element, number) in numbers.enumerated() {
        let text = shortNumber(number)
        let position =
          dimension.hasIntegerLabels
          ? dimension.position(of: number) : dimension.position(of: text)
        guard let position else {
          throw wrong(
            variable,
            array,
            element,
            "\(text) is no label of `\(dimension.name)`",
            "its labels are \(dimension.summary)",
            code: "E0701"
          )
        }
        result.append(Double(position))
      }
      return Tensor(shape: shape, kind: .integer, values: result)
    case .boolean: return Tensor(shape: shape, kind: .boolean, values: numbers)
    case .integer: return Tensor(shape: shape, kind: .integer, values: numbers)
    case .real, .string, .record, .invalid:
      return Tensor(shape: shape, kind: .real, values: numbers)
    }
  }

  /// Checks that numbers are what the declaration says; `first` is the place of the first among those of the array.
  func check(
    _ numbers: [Double],
    from first: Int,
    _ shape: Shape,
    _ variable: Variable,
    _ binding: DataBinding,
    _ array: DataArray
  ) throws(LoweringError) {
    func refuse(_ place: Int, _ what: String, _ label: String, help: String? = nil) -> LoweringError
    {
      let element = first + place
      let number = shortNumber(numbers[place])
      return wrong(
        variable,
        array,
        element,
        "`\(name(variable, element))` is \(number), \(what)",
        label,
        help: help
      )
    }
    switch variable.type.element {
    case .index: return
    case .boolean:
      if let place = numbers.firstIndex(where: { $0 != 0 && $0 != 1 }) {
        throw refuse(
          place,
          "not 0 or 1",
          "declared as bool here",
          help: "write 0 and 1, or true and false"
        )
      }
      return
    case .integer:
      if let place = numbers.firstIndex(where: { $0 != $0.rounded() || !$0.isFinite }) {
        throw refuse(place, "not an integer", "declared as int here")
      }
    case .real, .string, .record, .invalid: break
    }
    try checkConstraint(numbers, from: first, shape, variable, binding, array)
  }

  /// An element of data as the user writes it.
  func name(_ variable: Variable, _ element: Int) -> String {
    var remainder = element
    var labels: [String] = []
    let sizes = variable.type.axes.map { axis -> (Int, BoundDimension?) in
      if let id = axis.dimension, let dimension = try? dimension(id) {
        return (dimension.count, dimension)
      }
      if case .anonymous(let size?) = axis { return (size, nil) }
      return (1, nil)
    }
    var strides = [Int](repeating: 1, count: sizes.count)
    for axis in sizes.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * sizes[axis + 1].0
    }
    for (axis, size) in sizes.enumerated() {
      let position = remainder / strides[axis]
      remainder %= strides[axis]
      labels.append(size.1?.name(at: min(position, size.0 - 1)) ?? "\(position + 1)")
    }
    let indices = labels.isEmpty ? "" : "[\(labels.joined(separator: ","))]"
    return variable.name.text + indices
  }
}
