import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting

extension FitComparison {
  /// Rows of elements that are printed at most.
  private static let mostRows = 40

  /// The tables that the command prints.
  public var text: String {
    var rows = [
      [
        "", "elpd_loo", "se", "p", "difference", "se", "stacking", "pseudo-BMA+", "k high",
        "elpd_waic", "se", "p",
      ]
    ]
    for entry in entries {
      rows.append([
        entry.name, entry.loo.elpd.fixed(2), entry.loo.standardError.fixed(2),
        entry.loo.parameterCount.fixed(2), entry.difference.fixed(2),
        entry.differenceError.fixed(2),
        entry.stackingWeight.fixed(3), entry.pseudoAverageWeight.fixed(3),
        "\(entry.loo.unreliableCount)", entry.waic.elpd.fixed(2), entry.waic.standardError.fixed(2),
        entry.waic.parameterCount.fixed(2),
      ])
    }
    var text = alignedTable(rows)
    guard !shared.isEmpty else { return text }
    // The most different first where not all fit.
    var shown = shared
    if shown.count > Self.mostRows {
      shown = Array(shared.sorted { $0.distance > $1.distance }.prefix(Self.mostRows))
    }
    var table = [[""] + entries.flatMap { ["\($0.name) mean", "sd"] } + ["distance in sd"]]
    for element in shown {
      let cells = element.summaries.flatMap { summary in
        summary.map { [threeDigits($0.mean), threeDigits($0.sd)] } ?? ["", ""]
      }
      table.append(
        [element.name] + cells + [element.distance.isFinite ? element.distance.fixed(2) : "-"]
      )
    }
    text += "\n" + alignedTable(table)
    if shown.count < shared.count {
      text +=
        "... \(shared.count - shown.count) more elements that differ less; `--format json` has them all\n"
    }
    return text
  }

  /// The object that `--format json` prints.
  public var json: String {
    let document: JSONValue = [
      "schema": 1, "observations": .integer(observationCount),
      "fits": .array(entries.enumerated().map { Self.json($0.element, rank: $0.offset + 1) }),
      "shared": .object(
        shared.map { element in
          JSONMember(
            element.name,
            [
              "fits": .array(
                element.summaries.map { summary in
                  summary.map { ["mean": .real($0.mean), "sd": .real($0.sd)] } ?? .null
                }
              ),
              "distance": .real(element.distance),
            ]
          )
        }
      ),
      "remarks": .strings(remarks),
    ]
    return document.text(.indented)
  }

  private static func json(_ entry: Entry, rank: Int) -> JSONValue {
    func figures(_ accuracy: PredictiveAccuracy) -> [JSONMember] {
      [
        JSONMember("elpd", .real(accuracy.elpd)), JSONMember("se", .real(accuracy.standardError)),
        JSONMember("p", .real(accuracy.parameterCount)),
      ]
    }
    return [
      "name": .string(entry.name), "path": .string(entry.path),
      "engine": .string(orNull: entry.engine), "rank": .integer(rank),
      "loo": .object(
        figures(entry.loo) + [
          JSONMember("k_limit", .real(entry.loo.greatestShape)),
          JSONMember("k_above_limit", .integer(entry.loo.unreliableCount)),
        ]
      ),
      "waic": .object(figures(entry.waic)),
      "elpd_difference": .real(entry.difference),
      "elpd_difference_se": .real(entry.differenceError),
      "weight_stacking": .real(entry.stackingWeight),
      "weight_pseudo_bma_plus": .real(entry.pseudoAverageWeight),
    ]
  }
}
