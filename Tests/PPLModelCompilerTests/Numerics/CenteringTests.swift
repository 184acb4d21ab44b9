import Foundation
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLTensorCore
import Testing

/// A hierarchy whose elements can have other coordinates than their values.
struct CenteredCase: Sendable, CustomTestStringConvertible {
  var name: String
  var text: String
  var data: [String: CaseData] = [:]
  /// Names of the statements with a choice.
  var statements: [String]

  var testDescription: String { name }

  static let all: [CenteredCase] = [
    CenteredCase(
      name: "normal",
      text: """
        dim d = 3
        m ~ Normal(0, 1)
        s ~ HalfNormal(1)
        x[d] ~ Normal(m, s)
        factor f = -sum(x[i]^4 for i: d)
        """,
      statements: ["x"]
    ),
    CenteredCase(
      name: "precision, location of each element",
      text: """
        dim d = 2
        b ~ Normal(0, 1)
        p ~ Gamma(3, 2)
        x[i: d] ~ Normal(b * i, precision: p)
        factor f = sum(x)
        """,
      statements: ["x"]
    ),
    CenteredCase(
      name: "nested",
      text: """
        dim a = 2, d = 3
        s, t ~ HalfNormal(1)
        g[a] ~ StudentT(4, 0, s)
        x[j: a, d] ~ Laplace(g[j], t * exp(g[j]))
        factor f = -sum(x[j, i]^2 for j: a, i: d)
        """,
      statements: ["g", "x"]
    ),
    CenteredCase(
      name: "positive",
      text: """
        dim d = 2
        tau ~ HalfNormal(1)
        l[d] ~ HalfCauchy(tau)
        w[d] ~ LogNormal(tau, tau)
        e[d] ~ Exponential(tau)
        g[d] ~ Gamma(2, tau)
        p[d] ~ LogitNormal(tau, 0.5)
        factor f = -sum(l[i] * w[i] + e[i] + g[i] + p[i] for i: d)
        """,
      statements: ["l", "w", "e", "g", "p"]
    ),
    CenteredCase(
      name: "vectors by sd and corr",
      text: """
        dim d = 3, c = 2
        R: corr[c] ~ LKJ(2)
        t[c] ~ HalfNormal(1)
        m[c] ~ Normal(0, 1)
        x[d] ~ MultiNormal(m, sd: t, corr: R)
        factor f = -sum(x[i, k]^2 for i: d, k: c)
        """,
      statements: ["x"]
    ),
    CenteredCase(
      name: "a process by its covariance",
      text: """
        dim d = 3
        l ~ LogNormal(0, 0.5)
        f: real[d] ~ MultiNormal(0, [exp(-abs(i - j) / l) + (if i == j then 0.1 else 0) for i: d, j: d])
        v: real[d] ~ MultiStudentT(5, 0, precision: [exp(-abs(i - j) * l) + (if i == j then 0.1 else 0) for i: d, j: d])
        factor g = -sum(f[i]^2 + v[i] for i: d)
        """,
      statements: ["f", "v"]
    ),
    CenteredCase(
      name: "a walk",
      text: """
        dim t = 4
        s ~ HalfNormal(1)
        x[1] ~ Normal(0, s)
        x[i: t[2..]] ~ Normal(0.5 * x[i-1], s)
        factor f = sum(x)
        """,
      statements: ["x", "x"]
    ),
    CenteredCase(
      name: "a walk with known scale",
      text: """
        dim t = 5
        x[1] ~ Normal(0, 1)
        x[i: t[2..]] ~ Normal(x[i-1], 0.3)
        factor f = sum(x)
        """,
      statements: ["x"]
    ),
    CenteredCase(
      name: "level, slope and season",
      text: """
        dim t = 7, lag = 2
        a, b, c ~ HalfNormal(1)
        level[1] ~ Normal(0, 2)
        level[i: t[2..]] ~ Normal(level[i-1] + slope[i-1], a)
        slope[1] ~ Normal(0, b)
        slope[i: t[2..]] ~ StudentT(5, drift[i] * 0.9, b)
        drift[1] = 0
        drift[i: t[2..]] = slope[i-1] + 0.1 * a
        season[i: t[..2]] ~ Normal(0, 1)
        season[i: t[3..]] ~ Normal(-sum(season[i-k] for k: lag), c)
        factor f = -sum((level[i] + season[i] - i)^2 for i: t)
        """,
      statements: ["slope", "slope", "level", "season"]
    ),
    CenteredCase(
      name: "walks in rows, with names of a statement's own",
      text: """
        dim g = 2, t = 4
        s ~ HalfNormal(1)
        m[g] ~ Normal(0, 1)
        x[g, 1] ~ Normal(0, s)
        x[j: g, i: t[2..]] ~ Normal(m[j] + d, s * exp(0.1 * x[j, i-1])) with d = 0.5 * (x[j, i-1] - m[j])
        y[i: t, j: g] ~ Normal(if i > 1 then y[i-1, j] * 0.5 + x[j, i-1] else 0, 2)
        factor f = -sum((x[j, i] - y[i, j])^2 for j: g, i: t)
        """,
      statements: ["x", "x", "y"]
    ),
    CenteredCase(
      name: "positive and backward",
      text: """
        dim t = 4
        s ~ HalfNormal(1)
        x[4] ~ LogNormal(0, s)
        x[i: t[..3]] ~ LogNormal(log(x[i+1]), s)
        w[1] ~ Gamma(3, 2)
        w[i: t[2..]] ~ Gamma(3, rate: 3 / w[i-1])
        factor f = -sum(x[i] * w[i] for i: t)
        """,
      statements: ["x", "x", "w"]
    ),
    CenteredCase(
      name: "a walk of vectors",
      text: """
        dim t = 3, c = 2
        R: corr[c] ~ LKJ(2)
        t0[c] ~ HalfNormal(1)
        x[1]: real[c] ~ MultiNormal(0, sd: t0, corr: R)
        x[i: t[2..]] ~ MultiNormal(0.7 * x[i-1], sd: t0, corr: R)
        factor f = -sum(x[i, k]^2 for i: t, k: c)
        """,
      statements: ["x", "x"]
    ),
    CenteredCase(
      name: "nothing to choose",
      text: """
        dim d = 2
        s ~ HalfNormal(1)
        u: real[d] > 0 ~ Normal(0, s)
        z[d] ~ Normal(0, 1)
        k ~ Uniform(0, s)
        factor f = sum(u) + sum(z) + k
        """,
      statements: []
    ),
  ]
}

@Suite("Coordinates of hierarchies")
struct CenteringTests {
  private struct Adaptive {
    let written: CompiledCase
    let model: AdaptiveModel
    let gradient: ReferenceExecutor
    let recentering: ReferenceExecutor
    let draw: ReferenceExecutor

    var dimension: Int { written.dimension }
    var ones: [Double] { model.elements.map { _ in 1 } }

    func value(_ q: [Double], _ weights: [Double]) -> [Double] {
      gradient.run(inputs: q + weights, outputCount: dimension + 1)
    }

    func moved(_ q: [Double], _ weights: [Double], to others: [Double]) -> [Double] {
      recentering.run(inputs: q + weights + others, outputCount: dimension)
    }

    /// log |det| of the map from these coordinates to the written ones, from central differences.
    func logDeterminant(_ q: [Double], _ weights: [Double]) -> Double {
      let step = 1e-6
      let rows = q.indices.map { index -> [Double] in
        var (low, high) = (q, q)
        low[index] -= step
        high[index] += step
        let difference = zip(moved(high, weights, to: ones), moved(low, weights, to: ones))
        return difference.map { ($0 - $1) / (2 * step) }
      }
      return logAbsoluteDeterminant(rows)
    }
  }

  private func compile(_ entry: CenteredCase) throws -> Adaptive? {
    let written = try CompiledCase(text: entry.text, data: entry.data)
    guard let model = try ModelCompiler.adaptive(written.bound, like: written.model) else {
      return nil
    }
    return Adaptive(
      written: written,
      model: model,
      gradient: ReferenceExecutor(model.gradient),
      recentering: ReferenceExecutor(model.recentering),
      draw: ReferenceExecutor(model.draw)
    )
  }

  @Test("statements with a choice", arguments: CenteredCase.all)
  func statements(entry: CenteredCase) throws {
    let adaptive = try compile(entry)
    #expect((adaptive?.model.statements.map(\.name) ?? []) == entry.statements)
    let compiled = try CompiledCase(text: entry.text, data: entry.data).model
    #expect(compiled.hasCoordinatesToChoose == !entry.statements.isEmpty)
    let blocks = compiled.blocks.filter(\.canBeCentered).map(\.name)
    #expect(blocks == entry.statements)
  }

  @Test("density, gradient and draws do not depend on the coordinates", arguments: CenteredCase.all)
  func values(entry: CenteredCase) throws {
    guard let adaptive = try compile(entry) else { return }
    var generator = RandomKey(seed: 9).makeGenerator()
    for trial in 0..<6 {
      let q = adaptive.written.position(trial)
      let weights = adaptive.ones.map { _ in
        trial == 0 ? 1.0 : trial == 1 ? 0.0 : Double(generator.nextInt(below: 2))
      }
      let written = adaptive.moved(q, weights, to: adaptive.ones)
      let found = adaptive.value(q, weights)
      let expected = adaptive.written.density(at: written).withJacobian
      #expect(abs(found[0] - expected - adaptive.logDeterminant(q, weights)) < 1e-6)

      let back = adaptive.moved(written, adaptive.ones, to: weights)
      for (a, b) in zip(q, back) { #expect(abs(a - b) < 1e-10 * max(1, abs(a))) }

      for index in q.indices {
        var (low, high) = (q, q)
        low[index] -= 1e-5
        high[index] += 1e-5
        let slope = (adaptive.value(high, weights)[0] - adaptive.value(low, weights)[0]) / 2e-5
        #expect(abs(slope - found[index + 1]) < 1e-5 * max(1, abs(slope)))
      }

      let count = adaptive.model.draw.outputCount
      let own = adaptive.draw.run(inputs: q + weights, outputCount: count)
      let plain = ReferenceExecutor(adaptive.written.model.draw)
        .run(inputs: written, outputCount: count)
      for (a, b) in zip(own, plain) { #expect(abs(a - b) < 1e-10 * max(1, abs(a))) }
    }
  }
}

/// log |det| by elimination with pivots.
private func logAbsoluteDeterminant(_ rows: [[Double]]) -> Double {
  var rows = rows
  var result = 1.0
  for column in rows.indices {
    guard
      let pivot = rows.indices[column...].max(by: {
        abs(rows[$0][column]) < abs(rows[$1][column])
      })
    else { return .nan }
    rows.swapAt(column, pivot)
    result *= rows[column][column]
    for row in (column + 1)..<max(rows.count, column + 1) {
      let factor = rows[row][column] / rows[column][column]
      for place in column..<rows.count { rows[row][place] -= factor * rows[column][place] }
    }
  }
  return log(result.magnitude)
}
