import PPLJSON
import PPLStorage

/// A form in which draws are written for other programs.
public enum ExportForm: String, Sendable, CaseIterable {
  /// One file a chain, as CmdStan writes them.
  case stanCSV = "stan-csv"
  /// One line for each number: chain, draw, name, value.
  case csv
  /// One object with all draws by name.
  case json
}

extension StoredFit {
  /// The files that an export would write at a path: `NAME.csv`, `NAME.json`, or `NAME-1.csv` and so on, one a chain.
  ///
  /// - Parameters:
  ///   - form: how draws are written.
  ///   - path: where they go; nil for the fit's own name in the working directory.
  /// - Returns: the paths, in the order of the chains.
  public func exportPaths(_ form: ExportForm, to path: String?) -> [String] {
    let ending = form == .json ? ".json" : ".csv"
    var base = path ?? defaultName
    if base.hasSuffix(ending) { base.removeLast(ending.count) }
    guard form == .stanCSV else { return [base + ending] }
    return (0..<max(chainCount, 1)).map { "\(base)-\($0 + 1)\(ending)" }
  }

  /// The name of the directory without its endings.
  public var defaultName: String {
    var name = path.split(separator: "/").last.map(String.init) ?? path
    for ending in [".zarr", ".fit"] where name.hasSuffix(ending) { name.removeLast(ending.count) }
    return name
  }

  /// Writes the draws for other programs; numbers are the shortest text that reads back to the same.
  ///
  /// - Parameters:
  ///   - form: how draws are written.
  ///   - path: where they go; nil for the fit's own name in the working directory.
  ///   - replacing: whether files that are there may be replaced.
  /// - Returns: the files.
  /// - Throws: where the fit is damaged, or a file cannot be written.
  public func export(_ form: ExportForm, to path: String?, replacing: Bool) throws(StoredFitError)
    -> [String]
  {
    let paths = exportPaths(form, to: path)
    guard drawCount > 0 else {
      throw StoredFitError(
        code: "E0821",
        message: "\(self.path) has no draws to export",
        help: "a fit by steps of quantities without prior keeps them in `fitted.safetensors`"
      )
    }
    // Before anything is written, so that an export is whole or not there.
    if !replacing, let taken = paths.first(where: isThere) {
      throw StoredFitError(unwritable: .exists(path: taken))
    }
    let files: [[UInt8]]
    switch form {
    case .stanCSV: files = try StanCSV(self).files()
    case .csv: files = [try longTable()]
    case .json: files = [try jsonDocument()]
    }
    for (path, bytes) in zip(paths, files) {
      do throws(FitError) {
        try writeFile(bytes, to: path, replacing: replacing)
      } catch {
        throw StoredFitError(unwritable: error)
      }
    }
    return paths
  }

  /// A line for each number, element by element.
  private func longTable() throws(StoredFitError) -> [UInt8] {
    var bytes = Array("chain,draw,name,value\n".utf8)
    for quantity in quantities {
      let draws = try draws(of: quantity)
      for element in 0..<quantity.count {
        let name = Array(tableCell(quantity.elementName(element)).utf8)
        for chain in 0..<chainCount {
          let start = Array("\(chain + 1),".utf8)
          for draw in 0..<drawCount {
            bytes += start
            bytes += "\(draw + 1),".utf8
            bytes += name
            bytes.append(UInt8(ascii: ","))
            bytes += numberText(draws.value(element, chain: chain, draw: draw)).utf8
            bytes.append(UInt8(ascii: "\n"))
          }
        }
      }
    }
    return bytes
  }

  /// A cell in quotes where its text needs them (RFC 4180).
  private func tableCell(_ text: String) -> String {
    guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
    return "\"\(text.replacing("\"", with: "\"\""))\""
  }

  /// All draws by the names of elements, one array a chain; what is not finite is null, as JSON has no word for it.
  private func jsonDocument() throws(StoredFitError) -> [UInt8] {
    var members: [JSONMember] = []
    for quantity in quantities {
      let draws = try draws(of: quantity)
      for element in 0..<quantity.count {
        let chains = (0..<chainCount).map { chain in
          JSONValue.array(
            (0..<drawCount).map { .real(draws.value(element, chain: chain, draw: $0)) }
          )
        }
        members.append(JSONMember(quantity.elementName(element), .array(chains)))
      }
    }
    let document: JSONValue = [
      "schema": 1, "model": .string(orNull: modelName), "engine": .string(orNull: engine),
      "seed": seed.map { .unsigned($0) } ?? .null, "chains": .integer(chainCount),
      "draws": .integer(drawCount), "values": .object(members),
    ]
    return document.utf8(.indented)
  }
}

/// The shortest text that reads back to the same number, as readers of tables understand it.
func numberText(_ value: Double) -> String {
  guard value.isFinite else { return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf" }
  let text = value.description
  return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}
