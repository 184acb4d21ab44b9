import PPLJSON

extension FitWriter {
  /// Makes the directories of a store, and the files that stay as they are.
  ///
  /// - Returns: keys of those files, which are not on the disk yet.
  func makeSkeleton(at root: String) throws(FileError) -> [String] {
    var keys: [String] = []
    func write(_ bytes: [UInt8], _ key: String) throws(FileError) {
      try SystemCalls.write(bytes, to: root + "/" + key, startsWriteback: false)
      keys.append(key)
    }
    try write(Self.groupMetadata.utf8(.indented), ".zgroup")
    for group in layout.groups {
      try SystemCalls.makeDirectory(root + "/" + group)
      try write(Self.groupMetadata.utf8(.indented), group + "/.zgroup")
    }
    let extent = FitExtent(
      drawsPerChain: [Int](repeating: 0, count: layout.schema.chainCount),
      isFinal: false
    )
    for array in layout.fixedArrays + layout.growingArrays(extent) {
      try SystemCalls.makeDirectory(root + "/" + array.path)
      try write(array.attributes.utf8(.indented), array.path + "/.zattrs")
    }
    for array in layout.fixedArrays {
      try write(array.metadata.utf8(.indented), array.path + "/.zarray")
    }
    for (key, bytes) in fixedChunks where !bytes.isEmpty { try write(bytes, key) }
    try writeExtent(extent, [], root: root, isFirst: true)
    return keys
  }

  /// Lets the arrays show more draws: shapes and attributes first, consolidated metadata last.
  ///
  /// All of it is on the disk when this returns, unless it is the `isFirst` one, which shows none.
  func writeExtent(
    _ extent: FitExtent,
    _ attributes: [JSONMember],
    root: String,
    isFirst: Bool = false
  ) throws(FileError) {
    var consolidated: [JSONMember] = []
    var batch = WriteBatch(fileSystem)
    func stage(_ value: JSONValue, _ key: String) throws(FileError) {
      try batch.stage(
        value.utf8(.indented),
        at: root + "/" + key,
        isDurable: !isFirst,
        isNew: isFirst
      )
      consolidated.append(JSONMember(key, value))
    }
    do throws(FileError) {
      consolidated.append(JSONMember(".zgroup", Self.groupMetadata))
      try stage(groupAttributes(attributes, drawsPerChain: nil), ".zattrs")
      for group in layout.groups {
        consolidated.append(JSONMember(group + "/.zgroup", Self.groupMetadata))
        let isDrawn = group != "observed_data"
        let drawsPerChain = isDrawn ? extent.drawsPerChain : nil
        try stage(groupAttributes(attributes, drawsPerChain: drawsPerChain), group + "/.zattrs")
      }
      for array in layout.fixedArrays {
        consolidated.append(JSONMember(array.path + "/.zarray", array.metadata))
        consolidated.append(JSONMember(array.path + "/.zattrs", array.attributes))
      }
      for array in layout.growingArrays(extent) {
        try stage(array.metadata, array.path + "/.zarray")
        consolidated.append(JSONMember(array.path + "/.zattrs", array.attributes))
      }
      let metadata: JSONValue = [
        "metadata": .object(groupedByParent(consolidated)), "zarr_consolidated_format": 1,
      ]
      try batch.stage(
        metadata.utf8(.indented),
        at: root + "/.zmetadata",
        isDurable: !isFirst,
        isNew: isFirst
      )
      try batch.commit(isDurable: !isFirst)
    } catch {
      batch.discard()
      throw error
    }
  }

  /// The entries of groups, then those of arrays, where the arrays of a group stand together.
  ///
  /// zarr-python 3 (3.1.6, `ConsolidatedMetadata._flat_to_nested`) loses arrays of a group that other groups' part.
  private func groupedByParent(_ entries: [JSONMember]) -> [JSONMember] {
    let isArray: (JSONMember) -> Bool = { $0.name.count { $0 == "/" } > 1 }
    let arrays = entries.filter(isArray)
    return entries.filter { !isArray($0) }
      + layout.groups.flatMap { group in arrays.filter { $0.name.hasPrefix(group + "/") } }
  }

  private static let groupMetadata: JSONValue = ["zarr_format": 2]

  private func groupAttributes(
    _ added: [JSONMember],
    drawsPerChain: [Int]?
  ) -> JSONValue {
    var members = [
      JSONMember("created_at", .string(createdAt)),
      JSONMember("inference_library", "ppl"),
    ]
    for member in layout.schema.attributes + added {
      if let index = members.firstIndex(where: { $0.name == member.name }) {
        members[index] = member
      } else {
        members.append(member)
      }
    }
    if let drawsPerChain {
      members.append(JSONMember("draws_per_chain", .integers(drawsPerChain)))
    }
    return .object(members)
  }

  /// The chunks of coordinates and observed data, by key.
  private var fixedChunks: [(key: String, bytes: [UInt8])] {
    var chunks = layout.coordinates.map {
      (key: $0.path + "/0", bytes: encodedLabels($0.labels).bytes)
    }
    let schema = layout.schema
    for group in layout.drawGroups {
      let chains = ZarrElement.int64.encode((0..<schema.chainCount).map(Double.init))
      let draws = ZarrElement.int64.encode((0..<schema.drawCount).map(Double.init))
      chunks.append((group + "/chain/0", chains))
      chunks.append((group + "/draw/0", draws))
    }
    for (column, data) in zip(layout.observed, schema.observedData) {
      precondition(
        data.values.count == column.count,
        "observed data must have the shape of its dimensions"
      )
      let key = column.shape.isEmpty ? "0" : column.shape.map { _ in "0" }.joined(separator: ".")
      let bytes = ZarrElement(column.variable.element).encode(data.values)
      chunks.append((column.path + "/" + key, bytes))
    }
    return chunks
  }
}
