import PPLJSON
import PPLStorage

/// A small fit with every kind of variable, and the numbers that belong in it.
struct FitFixture {
  var chainCount = 2
  var drawCount = 7

  var schema: FitSchema {
    FitSchema(
      chainCount: chainCount,
      drawCount: drawCount,
      dimensions: [
        FitDimension(name: "school", labels: .strings(["Ä", "Choate", ""])),
        FitDimension(name: "year", labels: .integers([1990, -2])),
        FitDimension(name: "draw", labels: .integers([1])),
        FitDimension(name: "none", labels: .strings([])),
      ],
      posterior: [
        FitVariable(name: "mu"),
        FitVariable(name: "theta", dimensions: ["school"]),
        FitVariable(name: "R", dimensions: ["year", "year"]),
        FitVariable(name: "z", dimensions: ["school", "year"], element: .integer),
        FitVariable(name: "odd", dimensions: ["draw"]),
        FitVariable(name: "nothing", dimensions: ["none"]),
      ],
      sampleStatistics: [
        FitVariable(name: "lp"), FitVariable(name: "diverging", element: .boolean),
        FitVariable(name: "tree_depth", element: .integer),
      ],
      observedData: [
        FitData(variable: FitVariable(name: "y", dimensions: ["school"]), values: [28, .nan, -3]),
        FitData(variable: FitVariable(name: "J", element: .integer), values: [3]),
      ],
      attributes: [
        JSONMember("inference_library_version", "0.1"), JSONMember("seed", 1),
        JSONMember("tuning_steps", 1000),
      ]
    )
  }

  /// Numbers of one draw: different everywhere, zeros among them.
  func row(chain: Int, draw: Int) -> [Double] {
    var row = (0..<15).map { Double(chain * 1000 + draw * 20 + $0) / 4 }
    for index in 8..<14 { row[index] = Double(chain * 100 + draw * 10 + index - 8) - 20 }
    row[14] = -0.5
    return row + [-Double(draw), draw % 3 == 0 ? 1 : 0, Double(draw % 4)]
  }

  /// Expected numbers of a variable that takes `range` of a row.
  func values(_ range: Range<Int>, draws: Int) -> [Double] {
    (0..<chainCount).flatMap { chain in
      (0..<draws).flatMap { Array(row(chain: chain, draw: $0)[range]) }
    }
  }
}
