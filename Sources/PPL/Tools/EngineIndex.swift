import PPLInference
import PPLTypeSystem

/// What programs may write after `infer p =`, for people.
public enum EngineIndex {
  /// All engines with a sentence each.
  public static var overview: String {
    let engines = EngineLibrary.standard.engines
    let width = engines.map(\.name.count).max() ?? 0
    return engines.map { engine in
      let gap = String(repeating: " ", count: width - engine.name.count + 2)
      return engine.name + gap + engine.summary + "\n"
    }.joined() + "\n`ppl engines NAME` shows the settings of one.\n"
  }

  /// The settings of an engine with their defaults; nil if there is no such engine.
  ///
  /// - Parameter name: as ``overview`` lists it.
  /// - Returns: a line for each setting, below a sentence about the engine.
  public static func description(of name: String) -> String? {
    guard let engine = EngineLibrary.standard[name] else { return nil }
    let rows = engine.settings.map { ($0.name, $0.values, $0.standard.words, $0.summary) }
    func width(_ cells: [String]) -> Int { cells.map(\.count).max() ?? 0 }
    let widths = (width(rows.map(\.0)), width(rows.map(\.1)), width(rows.map(\.2)))
    func padded(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: width - text.count + 2)
    }
    var text = "\(engine.name): \(engine.summary)\nneeds \(engine.needs.words)\n\n"
    for row in rows {
      text +=
        padded(row.0, widths.0) + padded(row.1, widths.1) + padded(row.2, widths.2) + row.3 + "\n"
    }
    return text
  }

  /// The same of all engines, as a page.
  package static var page: String {
    var text = """
      # Engines

      What `infer p = …` takes, with all settings; `ppl engines` shows the same. Written from the engines' own signatures.

      """
    for engine in EngineLibrary.standard.engines {
      text += """

        ## \(engine.name)

        \(engine.summary.prefix(1).uppercased() + engine.summary.dropFirst()). Needs \(engine.needs.words).

        | setting | values | default | |
        |---|---|---|---|

        """
      for setting in engine.settings {
        text +=
          "| `\(setting.name)` | \(setting.values) | \(setting.standard.words) | \(setting.summary) |\n"
      }
    }
    return text
  }
}

extension EngineSignature.Need {
  fileprivate var words: String {
    switch self {
    case .simulation: "statements that can be drawn from"
    case .density: "the log density alone, no gradient"
    case .states: "a recursion of latents, whose statements can be drawn from; no gradient"
    case .gradient: "the log density and its gradient"
    }
  }
}

extension EngineSetting {
  /// What it may be.
  fileprivate var values: String {
    switch kind {
    case .count(let range): "\(range.lowerBound) to \(range.upperBound)"
    case .positive: "above 0"
    case .probability: "between 0 and 1"
    case .word(let words): words.joined(separator: " or ")
    case .latents: "latents in brackets"
    case .structured: "as in the README"
    }
  }
}
