import PPLJSON

/// Adds a variable with draws to a finished fit, in a group of its own or one that was added before.
///
/// Arrays are on the disk before the consolidated metadata name them, which readers see change as one. A variable
/// of that name in the group is replaced.
///
/// - Parameters:
///   - variable: name, dimensions and kind of numbers.
///   - dimensions: the dimensions that it has, in its order.
///   - draws: by chain, `[draws, elements]`.
///   - drawCount: draws of each chain.
///   - group: name of the group, `posterior_predictive`.
///   - path: the fit.
/// - Throws: what could not be read or written.
package func addVariable(
  _ variable: FitVariable,
  dimensions: [FitDimension],
  draws: [[Double]],
  drawCount: Int,
  group: String,
  to path: String
) throws(FitError) {
  guard FitDirectory.isFit(path) else { throw .notAFit(path: path) }
  let addition = FitAddition(
    variable: variable,
    dimensions: dimensions,
    draws: draws,
    drawCount: drawCount,
    group: group,
    root: path
  )
  try addition.write()
}

private struct FitAddition {
  var variable: FitVariable
  var dimensions: [FitDimension]
  var draws: [[Double]]
  var drawCount: Int
  var group: String
  var root: String

  private static let chunkByteLimit = 8 << 20

  /// Never `chain` or `draw`, and different for each time that the variable has the dimension.
  private var dimensionNames: [String] {
    var used: [String: Int] = [:]
    return dimensions.map { dimension in
      var name = dimension.name
      if name == "chain" || name == "draw" || name == variable.name { name += "_" }
      used[name, default: 0] += 1
      if let count = used[name], count > 1 { name += "_\(count)" }
      return name
    }
  }

  private var shape: [Int] { dimensions.map(\.labels.count) }

  private var chunkDrawCount: Int {
    let width = max(shape.reduce(1, *), 1)
    return min(max(drawCount, 1), max(Self.chunkByteLimit / (8 * width), 1))
  }

  private var name: String {
    variable.name == "chain" || variable.name == "draw" ? variable.name + "_" : variable.name
  }

  /// The arrays with their chunks by key.
  private var arrays: [(array: ZarrArray, chunks: [(key: String, bytes: [UInt8])])] {
    var result: [(array: ZarrArray, chunks: [(key: String, bytes: [UInt8])])] = []
    for (axis, count) in [("chain", draws.count), ("draw", drawCount)] {
      let array = ZarrArray(
        path: group + "/" + axis,
        element: .int64,
        shape: [count],
        chunks: [count],
        dimensions: [axis]
      )
      result.append((array, [("0", ZarrElement.int64.encode((0..<count).map(Double.init)))]))
    }
    let names = dimensionNames
    for (name, dimension) in zip(names, dimensions) {
      let (element, bytes) = encodedLabels(dimension.labels)
      let array = ZarrArray(
        path: group + "/" + name,
        element: element,
        shape: [dimension.labels.count],
        chunks: [dimension.labels.count],
        dimensions: [name],
        modelName: name == dimension.name ? nil : dimension.name
      )
      result.append((array, [("0", bytes)]))
    }
    let element = ZarrElement(variable.element)
    let width = shape.reduce(1, *)
    var chunks: [(key: String, bytes: [UInt8])] = []
    for (chain, values) in draws.enumerated() where width > 0 {
      for (number, first) in stride(from: 0, to: drawCount, by: chunkDrawCount).enumerated() {
        let last = min(first + chunkDrawCount, drawCount)
        var own = Array(values[(first * width)..<(last * width)])
        own += [Double](repeating: 0, count: (chunkDrawCount - (last - first)) * width)
        let tail = String(repeating: ".0", count: shape.count)
        chunks.append(("\(chain).\(number)\(tail)", element.encode(own)))
      }
    }
    let array = ZarrArray(
      path: group + "/" + name,
      element: element,
      shape: [draws.count, drawCount] + shape,
      chunks: [1, chunkDrawCount] + shape,
      dimensions: ["chain", "draw"] + names,
      modelName: name == variable.name ? nil : variable.name
    )
    result.append((array, chunks))
    return result
  }

  func write() throws(FitError) {
    let key = root + "/.zmetadata"
    let bytes = try asFitError { () throws(FileError) in try SystemCalls.read(key) }
    let document: JSONNode
    do {
      document = try JSONDocument(bytes).root
    } catch {
      throw .malformed(path: key, reason: "line \(error.line): \(error.message)")
    }
    guard case .object(let members)? = document["metadata"]?.kind else {
      throw .malformed(path: key, reason: "it has no metadata")
    }
    var entries = members.map { JSONMember($0.name, JSONValue($0.value)) }
    let attributes = entries.first { $0.name == "posterior/.zattrs" }?.value ?? .object([])
    let groupMetadata: JSONValue = ["zarr_format": 2]
    try asFitError { () throws(FileError) in
      let fileSystem = try OpenFileSystem(of: root)
      var batch = WriteBatch(fileSystem)
      do throws(FileError) {
        if SystemCalls.kind(of: root + "/" + group) == nil {
          try SystemCalls.makeDirectory(root + "/" + group)
        }
        func stage(_ value: JSONValue, _ key: String) throws(FileError) {
          try batch.stage(value.utf8(.indented), at: root + "/" + key, isDurable: true)
          entries.removeAll { $0.name == key }
          entries.append(JSONMember(key, value))
        }
        if !entries.contains(where: { $0.name == group + "/.zgroup" }) {
          try stage(groupMetadata, group + "/.zgroup")
          try stage(attributes, group + "/.zattrs")
        }
        for (array, chunks) in arrays {
          let folder = root + "/" + array.path
          if SystemCalls.kind(of: folder) == nil { try SystemCalls.makeDirectory(folder) }
          for (key, bytes) in chunks where !bytes.isEmpty {
            try batch.stage(bytes, at: folder + "/" + key, isDurable: true)
          }
          try stage(array.metadata, array.path + "/.zarray")
          try stage(array.attributes, array.path + "/.zattrs")
        }
        try batch.commit(isDurable: true)
        // Entries of arrays stand behind those of groups: some readers want a group's arrays together.
        let isArray: (JSONMember) -> Bool = { $0.name.count { $0 == "/" } > 1 }
        let ordered = entries.filter { !isArray($0) } + entries.filter(isArray)
        let metadata: JSONValue = [
          "metadata": .object(ordered), "zarr_consolidated_format": 1,
        ]
        try batch.stage(metadata.utf8(.indented), at: key, isDurable: true)
        try batch.commit(isDurable: true)
      } catch {
        batch.discard()
        throw error
      }
    }
  }
}

extension JSONValue {
  /// A value that was read.
  fileprivate init(_ node: JSONNode) {
    self =
      switch node.kind {
      case .null: .null
      case .bool(let value): .bool(value)
      case .integer(let value): .integer(value)
      case .real(let value): .real(value)
      case .string(let value): .string(value)
      case .numbers(let numbers): .numbers(numbers.values[...], numbers.shape[...])
      case .array(let nodes): .array(nodes.map { JSONValue($0) })
      case .object(let members): .object(members.map { JSONMember($0.name, JSONValue($0.value)) })
      }
  }

  private static func numbers(_ values: ArraySlice<Double>, _ shape: ArraySlice<Int>) -> JSONValue {
    guard let count = shape.first else {
      let value = values.first ?? .nan
      return Int(exactly: value).map { .integer($0) } ?? .real(value)
    }
    let width = count == 0 ? 0 : values.count / count
    return .array(
      (0..<count).map { row in
        let start = values.startIndex + row * width
        return numbers(values[start..<(start + width)], shape.dropFirst())
      }
    )
  }
}
