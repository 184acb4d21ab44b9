import Foundation

// Notation: x' = F x + noise of covariance Q, y = h x + noise of variance r.

/// A linear state-space model with normal noise, whose likelihood and smoothed states have closed forms.
struct KalmanFilter {
  var F: [[Double]]
  var Q: [[Double]]
  var h: [Double]
  var r: Double
  /// Mean and covariance of the first state.
  var mean: [Double]
  var covariance: [[Double]]

  /// Log likelihood of data, nil where missing, and mean and standard deviation of each state given all of them
  /// (Rauch, Tung and Striebel 1965, doi:10.2514/3.3166).
  func run(_ data: [Double?]) -> (logLikelihood: Double, means: [[Double]], sds: [[Double]]) {
    var (m, P) = (mean, covariance)
    var predicted: [(m: [Double], P: [[Double]])] = []
    var filtered: [(m: [Double], P: [[Double]])] = []
    var total = 0.0
    for (step, y) in data.enumerated() {
      if step > 0 {
        m = times(F, m)
        P = plus(times(times(F, P), transposed(F)), Q)
      }
      predicted.append((m, P))
      if let y {
        let cross = times(P, h)
        let variance = zip(h, cross).reduce(r) { $0 + $1.0 * $1.1 }
        let error = y - zip(h, m).reduce(0) { $0 + $1.0 * $1.1 }
        total -= 0.5 * (error * error / variance + log(2 * Double.pi * variance))
        for i in m.indices {
          m[i] += cross[i] * error / variance
          for j in m.indices { P[i][j] -= cross[i] * cross[j] / variance }
        }
      }
      filtered.append((m, P))
    }
    var smoothed = filtered
    for step in data.indices.dropLast().reversed() {
      let next = predicted[step + 1]
      let gain = times(times(filtered[step].P, transposed(F)), inverse(next.P))
      let later = smoothed[step + 1]
      let shift = times(gain, zip(later.m, next.m).map { $0 - $1 })
      smoothed[step].m = zip(filtered[step].m, shift).map { $0 + $1 }
      let change = plus(later.P, next.P.map { $0.map { -$0 } })
      smoothed[step].P = plus(filtered[step].P, times(times(gain, change), transposed(gain)))
    }
    return (
      total, smoothed.map(\.m),
      smoothed.map { state in state.m.indices.map { state.P[$0][$0].squareRoot() } }
    )
  }

  private func times(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    a.map { row in b[0].indices.map { j in row.indices.reduce(0) { $0 + row[$1] * b[$1][j] } } }
  }

  private func times(_ a: [[Double]], _ b: [Double]) -> [Double] {
    a.map { row in zip(row, b).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  private func plus(_ a: [[Double]], _ b: [[Double]]) -> [[Double]] {
    zip(a, b).map { zip($0, $1).map { $0 + $1 } }
  }

  private func transposed(_ a: [[Double]]) -> [[Double]] {
    a[0].indices.map { j in a.map { $0[j] } }
  }

  /// By elimination; the matrices are positive definite.
  private func inverse(_ a: [[Double]]) -> [[Double]] {
    let n = a.count
    var rows = a.enumerated().map { i, row in row + (0..<n).map { $0 == i ? 1 : 0 } }
    for i in 0..<n {
      let pivot = rows[i][i]
      rows[i] = rows[i].map { $0 / pivot }
      for j in 0..<n where j != i {
        let factor = rows[j][i]
        rows[j] = zip(rows[j], rows[i]).map { $0 - factor * $1 }
      }
    }
    return rows.map { Array($0.dropFirst(n)) }
  }
}
