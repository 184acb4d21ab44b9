import PPLJSON

/// How a fit is laid out in arrays and chunks, decided once from its schema.
///
/// Each variable is one array `[chain, draw, ...]` with chunks of one chain and `chunkDrawCount`
/// draws. A chunk is what a chain keeps in memory and rewrites at a flush, so it is bounded to 8 MiB
/// over all variables; but many small variables must not become very many files, so beyond 20,000
/// chunk files the chunks grow instead, down to one a variable and chain.
struct FitLayout: Sendable {
  static let chunkByteLimit = 8 << 20
  static let fileLimit = 20_000

  /// A variable with its array's name and where it stands in a row of numbers.
  struct Column: Sendable {
    var path: String
    var variable: FitVariable
    var dimensions: [String]
    var shape: [Int]
    /// First number of the variable in a row.
    var start: Int
    var modelName: String?

    var count: Int { shape.reduce(1, *) }
  }

  /// A dimension with its name in one group.
  struct Coordinate: Sendable {
    var path: String
    var name: String
    var labels: FitLabels
    var modelName: String?
  }

  var schema: FitSchema
  /// Numbers of one draw: posterior variables, log likelihoods, sample statistics, unconstrained values.
  var rowWidth = 0
  var chunkDrawCount = 1
  /// Variables of `posterior`, `log_likelihood`, `sample_stats` and `unconstrained_posterior`.
  var columns: [Column] = []
  var observed: [Column] = []
  var coordinates: [Coordinate] = []

  init(_ schema: FitSchema) {
    self.schema = schema
    columns = makeColumns(schema.posterior, group: "posterior")
    columns += makeColumns(schema.likelihoods, group: "log_likelihood")
    columns += makeColumns(schema.sampleStatistics, group: "sample_stats")
    columns += makeColumns(schema.unconstrained, group: "unconstrained_posterior")
    observed = makeColumns(schema.observedData.map(\.variable), group: "observed_data")
    rowWidth = columns.reduce(0) { $0 + $1.count }
    for index in columns.indices.dropFirst() {
      columns[index].start = columns[index - 1].start + columns[index - 1].count
    }

    let drawCount = max(schema.drawCount, 1)
    let drawsThatFit = max(Self.chunkByteLimit / (8 * max(rowWidth, 1)), 1)
    let files = max(columns.count * schema.chainCount, 1)
    let chunkCount = min(
      (drawCount + drawsThatFit - 1) / drawsThatFit,
      max(Self.fileLimit / files, 1)
    )
    chunkDrawCount = (drawCount + chunkCount - 1) / chunkCount
  }

  /// Columns of a group's variables; the coordinates they need are added.
  private mutating func makeColumns(_ variables: [FitVariable], group: String) -> [Column] {
    var known: Set<String> = []
    return variables.map { variable in
      let shape = schema.shape(of: variable)
      var used: [String: Int] = [:]
      var names: [String] = []
      for name in variable.dimensions {
        let occurrence = used[name, default: 0] + 1
        used[name] = occurrence
        let arrayName = arrayName(name, occurrence: occurrence)
        names.append(arrayName)
        guard known.insert(arrayName).inserted,
          let dimension = schema.dimensions.first(where: { $0.name == name })
        else { continue }
        coordinates.append(
          Coordinate(
            path: group + "/" + arrayName,
            name: arrayName,
            labels: dimension.labels,
            modelName: arrayName == name ? nil : name
          )
        )
      }
      let name = arrayName(variable.name, occurrence: 1)
      return Column(
        path: group + "/" + name,
        variable: variable,
        dimensions: names,
        shape: shape,
        start: 0,
        modelName: name == variable.name ? nil : variable.name
      )
    }
  }

  /// Groups that have content, in the order they are written.
  var groups: [String] {
    var groups = ["posterior"]
    if !schema.likelihoods.isEmpty { groups.append("log_likelihood") }
    if !schema.sampleStatistics.isEmpty { groups.append("sample_stats") }
    if !schema.unconstrained.isEmpty { groups.append("unconstrained_posterior") }
    if !observed.isEmpty { groups.append("observed_data") }
    return groups
  }

  /// Groups whose arrays have chains and draws.
  var drawGroups: [String] { groups.filter { $0 != "observed_data" } }

  /// Name of a dimension or variable in the store: never `chain` or `draw`, and different for each
  /// time one variable has the dimension, since readers want the names of its axes distinct.
  private func arrayName(_ name: String, occurrence: Int) -> String {
    var result = name
    if name == "chain" || name == "draw" { result += "_" }
    if occurrence > 1 { result += "_\(occurrence)" }
    while result != name && isTaken(result) { result += "_" }
    return result
  }

  private func isTaken(_ name: String) -> Bool {
    schema.dimensions.contains { $0.name == name }
      || (schema.posterior + schema.likelihoods + schema.sampleStatistics + schema.unconstrained
        + schema.observedData.map(\.variable))
        .contains { $0.name == name }
  }

  /// Arrays whose shape depends on how many draws there are.
  func growingArrays(_ extent: FitExtent) -> [ZarrArray] {
    var arrays: [ZarrArray] = []
    for group in drawGroups {
      arrays.append(
        ZarrArray(
          path: group + "/chain",
          element: .int64,
          shape: [extent.chainCount],
          chunks: [schema.chainCount],
          dimensions: ["chain"]
        )
      )
      arrays.append(
        ZarrArray(
          path: group + "/draw",
          element: .int64,
          shape: [extent.drawCount],
          chunks: [schema.drawCount],
          dimensions: ["draw"]
        )
      )
    }
    for column in columns {
      arrays.append(
        ZarrArray(
          path: column.path,
          element: ZarrElement(column.variable.element),
          shape: [extent.chainCount, extent.drawCount] + column.shape,
          chunks: [1, chunkDrawCount] + column.shape,
          dimensions: ["chain", "draw"] + column.dimensions,
          modelName: column.modelName
        )
      )
    }
    return arrays
  }

  /// Arrays that never change: coordinates and observed data.
  var fixedArrays: [ZarrArray] {
    var arrays = coordinates.map { coordinate in
      ZarrArray(
        path: coordinate.path,
        element: encodedLabels(coordinate.labels).element,
        shape: [coordinate.labels.count],
        chunks: [coordinate.labels.count],
        dimensions: [coordinate.name],
        modelName: coordinate.modelName
      )
    }
    for column in observed {
      arrays.append(
        ZarrArray(
          path: column.path,
          element: ZarrElement(column.variable.element),
          shape: column.shape,
          chunks: column.shape,
          dimensions: column.dimensions,
          modelName: column.modelName
        )
      )
    }
    return arrays
  }

  /// Key of a chunk in a column's array.
  func chunkKey(_ column: Column, chain: Int, chunk: Int) -> String {
    column.path + "/\(chain).\(chunk)" + String(repeating: ".0", count: column.shape.count)
  }
}
