import PPLStorage
import Testing

/// The posterior draws of a stored fit.
struct Draws {
  private let reader: FitReader

  init(_ path: String) throws {
    reader = try FitReader(path: path)
  }

  /// Draws of each chain.
  var counts: [Int] { reader.drawsPerChain }

  var names: [String] { reader.group("posterior")?.variables.map(\.name) ?? [] }

  /// All numbers of one chain, draw by draw.
  func values(_ name: String, chain: Int) throws -> [Double] {
    let variables = try #require(reader.group("posterior")?.variables)
    let variable = try #require(variables.first { $0.name == name })
    return try reader.draws(of: variable, chain: chain)
  }

  /// All numbers of all chains.
  func values(_ name: String) throws -> [Double] {
    try counts.indices.flatMap { try values(name, chain: $0) }
  }
}
