package import PPLJSON

/// Reads a fit that this target wrote: its variables, dimensions, labels, attributes and draws.
package struct FitReader: Sendable {
  /// Where the fit is.
  package let path: String
  /// Groups by name.
  package let groups: [Group]
  /// Draws that each chain was to have; nil where that is not known.
  package let plannedDrawCount: Int?

  /// A group of arrays.
  package struct Group: Sendable {
    /// Name: `posterior`, `log_likelihood`, `sample_stats`, `posterior_predictive`, `prior_predictive`,
    /// `unconstrained_posterior` or `observed_data`.
    package let name: String
    /// Variables, without coordinates.
    package let variables: [Variable]
    /// Dimensions that the variables have besides chain and draw.
    package let dimensions: [FitDimension]
    /// Attributes, an object.
    package let attributes: JSONNode
  }

  /// An array of a group.
  package struct Variable: Sendable {
    /// The model's name of it.
    package let name: String
    /// The model's names of its dimensions, without chain and draw.
    package let dimensions: [String]
    /// Shape; for variables with draws the first two axes are chain and draw.
    package let shape: [Int]
    /// What its numbers are.
    package let element: FitElement
    let array: StoredArray
  }

  /// Opens a fit.
  ///
  /// - Parameter path: the directory.
  /// - Throws: where there is no fit, or its metadata cannot be read.
  package init(path: String) throws(FitError) {
    self.path = path
    guard FitDirectory.isFit(path) else {
      guard SystemCalls.kind(of: path) != nil else {
        throw .file(FileError(operation: .read, path: path, reason: .notFound))
      }
      throw .notAFit(path: path)
    }
    let key = path + "/.zmetadata"
    let bytes = try asFitError { () throws(FileError) in try SystemCalls.read(key) }
    let root: JSONNode
    do {
      root = try JSONDocument(bytes).root
    } catch {
      throw .malformed(path: key, reason: "line \(error.line): \(error.message)")
    }
    guard case .object(let members)? = root["metadata"]?.kind else {
      throw .malformed(path: key, reason: "it has no metadata")
    }
    let metadata = Dictionary(
      members.map { ($0.name, $0.value) },
      uniquingKeysWith: { first, _ in first }
    )
    var groups: [Group] = []
    for name in [
      "posterior", "log_likelihood", "sample_stats", "observed_data", "posterior_predictive",
      "prior_predictive", "unconstrained_posterior",
    ] where metadata[name + "/.zgroup"] != nil {
      groups.append(try Self.group(name, members, metadata, path: path))
    }
    self.groups = groups
    plannedDrawCount = metadata["posterior/draw/.zarray"]?["chunks"]?.integers?.first
  }

  /// The group of that name.
  package func group(_ name: String) -> Group? {
    groups.first { $0.name == name }
  }

  /// Draws that are stored of each chain; more than the arrays show if chains differ.
  package var drawsPerChain: [Int] {
    group("posterior")?.attributes["draws_per_chain"]?.integers ?? []
  }

  /// All numbers that a variable shows, in the order of its shape.
  package func values(of variable: Variable) throws(FitError) -> [Double] {
    let array = variable.array
    guard array.dimensions.first == "chain" else {
      return try array.chunk(array.wholeKey, in: path)
    }
    guard array.shape[1] > 0 else { return [] }
    var values: [Double] = []
    for chain in 0..<array.shape[0] {
      values += try self.values(of: variable, chain: chain, drawCount: array.shape[1])
    }
    return values
  }

  /// The draws of one chain, also those that the arrays do not show.
  ///
  /// - Parameters:
  ///   - variable: a variable with draws.
  ///   - chain: index of the chain.
  /// - Returns: shape `[draws of the chain] + shape of a draw`.
  /// - Throws: where a file is missing or damaged.
  package func draws(of variable: Variable, chain: Int) throws(FitError) -> [Double] {
    let stored = drawsPerChain
    guard stored.indices.contains(chain), variable.array.dimensions.first == "chain" else {
      return []
    }
    return try values(of: variable, chain: chain, drawCount: stored[chain])
  }

  /// What the arrays show.
  package var extent: FitExtent {
    var extent = FitExtent(drawsPerChain: drawsPerChain, isFinal: true)
    let drawn = groups.flatMap(\.variables).first { $0.array.dimensions.first == "chain" }
    if let shape = drawn?.shape, shape.count >= 2 {
      (extent.chainCount, extent.drawCount) = (shape[0], shape[1])
    }
    return extent
  }

  /// The first draws of a chain as a `ChainRecorder` took them, also those that the arrays do not show.
  ///
  /// - Parameters:
  ///   - schema: what the fit was written by.
  ///   - chain: index of the chain.
  ///   - count: number of draws, which the chain must have.
  /// - Returns: shape `[count, row width]`.
  /// - Throws: where a file is missing or damaged, or the fit was written by something else.
  package func rows(_ schema: FitSchema, chain: Int, count: Int) throws(FitError) -> [Double] {
    let layout = FitLayout(schema)
    var rows = [Double](repeating: 0, count: count * layout.rowWidth)
    for column in layout.columns where column.count > 0 && count > 0 {
      let variable = groups.flatMap(\.variables).first { $0.array.key == column.path }
      guard let variable, variable.shape.dropFirst(2).elementsEqual(column.shape) else {
        throw .malformed(path: path + "/" + column.path, reason: "it is not what the model records")
      }
      let values = try values(of: variable, chain: chain, drawCount: count)
      for draw in 0..<count {
        for element in 0..<column.count {
          rows[draw * layout.rowWidth + column.start + element] =
            values[draw * column.count + element]
        }
      }
    }
    return rows
  }

  private func values(
    of variable: Variable,
    chain: Int,
    drawCount: Int
  ) throws(FitError) -> [Double] {
    let array = variable.array
    let width = array.shape.dropFirst(2).reduce(1, *)
    guard width > 0, drawCount > 0 else { return [] }
    var values: [Double] = []
    var chunk = 0
    while values.count / width < drawCount {
      let numbers = try array.chunk(array.key(chain: chain, chunk: chunk), in: path)
      let missing = drawCount - values.count / width
      let taken = min(missing, numbers.count / width)
      values.append(contentsOf: numbers.prefix(taken * width))
      chunk += 1
    }
    return values
  }

  private static func group(
    _ name: String,
    _ members: [JSONNode.Member],
    _ metadata: [String: JSONNode],
    path: String
  ) throws(FitError) -> Group {
    var arrays: [StoredArray] = []
    for member in members {
      guard member.name.hasPrefix(name + "/"), member.name.hasSuffix("/.zarray") else { continue }
      let key = String(member.name.dropLast("/.zarray".count))
      guard
        let array = StoredArray(
          key: key,
          metadata: member.value,
          attributes: metadata[key + "/.zattrs"]
        )
      else {
        throw .malformed(path: path + "/" + member.name, reason: "this form of array is not read")
      }
      arrays.append(array)
    }
    var modelNames: [String: String] = [:]
    for array in arrays where array.isCoordinate { modelNames[array.arrayName] = array.modelName }
    var dimensions: [FitDimension] = []
    for array in arrays where array.isCoordinate && !array.isDrawCoordinate {
      guard !dimensions.contains(where: { $0.name == array.modelName }) else { continue }
      let labels = try array.labels(in: path)
      dimensions.append(FitDimension(name: array.modelName, labels: labels))
    }
    let variables = arrays.filter { !$0.isCoordinate }.map { array in
      Variable(
        name: array.modelName,
        dimensions: array.dimensions.filter { $0 != "chain" && $0 != "draw" }.map {
          modelNames[$0] ?? $0
        },
        shape: array.shape,
        element: array.fitElement,
        array: array
      )
    }
    let attributes = metadata[name + "/.zattrs"] ?? JSONNode(kind: .object([]), offset: 0)
    return Group(
      name: name,
      variables: variables,
      dimensions: dimensions,
      attributes: attributes
    )
  }
}
