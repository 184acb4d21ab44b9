/// Numbers brought to mean 0 and standard deviation 1, each place for itself.
struct Scaling: Sendable {
  let means: [Double]
  let deviations: [Double]

  /// The scaling of rows; places that never vary keep their unit.
  init(_ rows: [[Double]]) {
    let count = Double(max(rows.count, 1))
    let width = rows.first?.count ?? 0
    let means = (0..<width).map { place in rows.reduce(0) { $0 + $1[place] } / count }
    self.means = means
    deviations = (0..<width).map { place in
      let squares = rows.reduce(0.0) { sum, row in
        let difference = row[place] - means[place]
        return sum + difference * difference
      }
      let deviation = (squares / count).squareRoot()
      return deviation > 0 && deviation.isFinite ? deviation : 1
    }
  }

  func scaled(_ row: [Double]) -> [Double] {
    row.indices.map { (row[$0] - means[$0]) / deviations[$0] }
  }

  func unscaled(_ row: [Double]) -> [Double] {
    row.indices.map { means[$0] + deviations[$0] * row[$0] }
  }
}
