import PPLJSON

/// Reads data from a JSON object, Stan's form included.
///
/// - Parameters:
///   - bytes: the text.
///   - path: name of the file for messages.
/// - Returns: the members of the object.
/// - Throws: an error with line and column.
package func readJSONData(
  _ bytes: [UInt8],
  path: String
) throws(DataFileError) -> [DataEntry] {
  let document: JSONDocument
  do {
    document = try JSONDocument(bytes)
  } catch {
    throw DataFileError(
      error.message,
      at: DataLocation(path: path, row: error.line, column: error.column)
    )
  }
  guard case .object(let members) = document.root.kind else {
    let place = document.position(of: document.root)
    throw DataFileError(
      "data in JSON is an object, { \"name\": value, ... }",
      at: DataLocation(path: path, row: place.line, column: place.column)
    )
  }
  return members.map { member in
    DataEntry(
      key: member.name,
      value: dataValue(of: member.value),
      path: path,
      source: .json(document, offset: member.value.offset)
    )
  }
}

private func dataValue(of node: JSONNode) -> DataValue {
  switch node.kind {
  case .null: .numbers(NumericArray(shape: [], values: [.nan], missing: [0]))
  case .bool(let value):
    .numbers(NumericArray(shape: [], values: [value ? 1 : 0], kind: .boolean))
  case .integer(let value): .numbers(NumericArray(shape: [], values: [Double(value)]))
  case .real(let value): .numbers(NumericArray(shape: [], values: [value]))
  case .string(let value): .strings(TextArray(shape: [], values: [value]))
  case .numbers(let numbers):
    .numbers(
      NumericArray(shape: numbers.shape, values: numbers.values, missing: numbers.missing)
    )
  case .array(let nodes): dataValue(ofArray: node) ?? .list(nodes.map(dataValue))
  case .object(let members):
    .object(members.map { DataValue.Member(key: $0.name, value: dataValue(of: $0.value)) })
  }
}

/// A rectangular array of one kind, or `nil`.
private func dataValue(ofArray node: JSONNode) -> DataValue? {
  guard let shape = rectangularShape(of: node) else { return nil }
  var leaves = Leaves()
  leaves.collect(node)
  return leaves.value(shape: shape)
}

/// Shape of nested arrays whose rows are equally long and whose leaves are scalars.
private func rectangularShape(of node: JSONNode) -> [Int]? {
  switch node.kind {
  case .object: return nil
  case .numbers(let numbers): return numbers.shape
  case .array(let nodes):
    var shape: [Int]?
    for child in nodes {
      guard let childShape = rectangularShape(of: child), shape == nil || shape == childShape
      else { return nil }
      shape = childShape
    }
    return [nodes.count] + (shape ?? [])
  case .null, .bool, .integer, .real, .string: return []
  }
}

/// Scalars of nested arrays in order.
private struct Leaves {
  var numbers: [Double] = []
  var texts: [String] = []
  var missing: [Int] = []
  var numberCount = 0
  var boolCount = 0
  var textCount = 0
  var textsAreNumbers = true

  mutating func collect(_ node: JSONNode) {
    switch node.kind {
    case .null: append(missing: true)
    case .bool(let value):
      boolCount += 1
      append(number: value ? 1 : 0)
    case .integer(let value):
      numberCount += 1
      append(number: Double(value))
    case .real(let value):
      numberCount += 1
      append(number: value)
    case .string(let text):
      textCount += 1
      texts.append(text)
      if let number = nonFiniteNumber(text) {
        numbers.append(number)
      } else {
        textsAreNumbers = textsAreNumbers && text == "NA"
        numbers.append(.nan)
      }
    case .numbers(let array):
      numberCount += array.values.count
      missing += array.missing.map { $0 + numbers.count }
      numbers += array.values
      texts += repeatElement("", count: array.values.count)
    case .array(let nodes):
      for child in nodes { collect(child) }
    case .object: preconditionFailure("a rectangular array has no objects")
    }
  }

  private mutating func append(number: Double = .nan, missing isMissing: Bool = false) {
    if isMissing { missing.append(numbers.count) }
    numbers.append(number)
    texts.append("")
  }

  func value(shape: [Int]) -> DataValue? {
    if textCount == 0 {
      let kind: NumericArray.Kind? = numberCount == 0 && boolCount > 0 ? .boolean : nil
      return .numbers(NumericArray(shape: shape, values: numbers, missing: missing, kind: kind))
    }
    if numberCount == 0 && boolCount == 0 {
      return .strings(TextArray(shape: shape, values: texts, missing: missing))
    }
    guard textsAreNumbers else { return nil }
    let notAvailable = texts.indices.filter { texts[$0] == "NA" }
    return .numbers(
      NumericArray(shape: shape, values: numbers, missing: (missing + notAvailable).sorted())
    )
  }
}
