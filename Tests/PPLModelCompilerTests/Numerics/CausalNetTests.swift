import Foundation
import PPLModelCompiler
import PPLTensorCore
import Testing

/// Causal nets: what is before a step makes its result, and models of data by their own past.
@Suite struct CausalNetTests {
  static let bodies = [
    "x |> Reshape(time, 1) |> Delay |> LSTM(3) |> Dense(1) |> Reshape(time)",
    "x |> Reshape(time, 1) |> GRU(3) |> Delay |> Dense(1) |> Reshape(time)",
    "x |> Reshape(time, 1) |> Dense(4) |> Delay |> SelfAttention(heads: 2, causal: true) |> Dense(1)"
      + " |> Reshape(time)",
    "x |> Reshape(time, 1) |> Dense(4) |> PositionalEmbedding |> Delay"
      + " |> TransformerBlock(heads: 2, hidden: 3, causal: true) |> Dense(1) |> Reshape(time)",
    "[h[1, t] for t: time] with h = x |> Delay |> Conv1d(2, kernel: 3, causal: true)",
    "[if t > 2 then x[t-1] - 0.5 * x[t-2] else 0 for t: time]",
    "0.7 * cumsum(d) with d = x |> Delay",
  ]

  private static let steps = 6

  private static func text(_ body: String) -> String {
    """
    dim time = \(steps)
    data x[time]: real
    causal net f(x: real[time]) -> real[time] = \(body)
    y = f(x)
    """
  }

  private func values(_ body: String, _ x: [Double]) throws -> [Double] {
    let compiled = try CompiledCase(
      text: Self.text(body),
      data: ["x": .numbers(x, shape: [Self.steps])]
    )
    let position = compiled.position(1)
    return try #require(compiled.recorded(at: position, key: RandomKey(seed: 1))["y"])
  }

  @Test(arguments: bodies)
  func aStepDependsOnWhatWasBefore(_ body: String) throws {
    let x = (0..<Self.steps).map { sin(1.3 * Double($0) + 0.4) }
    let first = try values(body, x)
    for step in 0..<Self.steps {
      var moved = x
      moved[step] += 0.5
      let second = try values(body, moved)
      for index in 0...step { #expect(first[index] == second[index], "step \(index) of \(step)") }
      if step > 1, step + 1 < Self.steps { #expect(first[step + 1] != second[step + 1]) }
    }
  }

  /// The density of a series by its own past is that of a regression on it.
  @Test func seriesAreModelledByTheirPast() throws {
    let head = "dim time = 6\ndata y[time]: real\n"
    let net = "causal net f(x: real[time]) -> real[time] = 0.6 * d with d = x |> Delay\n"
    let y: [String: CaseData] = ["y": .vector(0.3, -0.2, 0.8, 0.1, 0.5, -0.6)]
    let expected = try CompiledCase(
      text: head
        + "s ~ HalfNormal(1)\ny[1] ~ Normal(0, s)\ny[t: time[2..]] ~ Normal(0.6 * y[t-1], s)",
      data: y
    )
    for statement in [
      "y[t: time] ~ Normal(f(y)[t], s)", "m[t: time] = f(y)[t]\ny[t: time] ~ Normal(m[t], s)",
      "y[t: time] ~ Normal(m, s) with m = f(y)[t]",
    ] {
      let found = try CompiledCase(text: head + net + "s ~ HalfNormal(1)\n" + statement, data: y)
      for place in [-0.5, 0.3] {
        let (a, b) = (found.density(at: [place]).alone, expected.density(at: [place]).alone)
        #expect(abs(a - b) < 1e-12 * (1 + abs(b)), "\(statement)")
      }
    }
  }

  /// Many series side by side, each by its own past.
  @Test func manySeriesAreModelledByTheirPasts() throws {
    let text = """
      dim series = 2, time = 4
      data y[series, time]: real
      causal net f(x: real[time]) -> (mean: real[time], sd: real[time]) =
          (mean: 0.5 * d, sd: exp(0.1 * d)) with d = x |> Delay
      y[s: series, t: time] ~ Normal(q.mean[t], q.sd[t]) with q = f(y[s])
      """
    let y = [[0.4, 1, -0.3, 0.2], [2, 0.1, 0.6, -1]]
    let compiled = try CompiledCase(text: text, data: ["y": .matrix(y[0], y[1])])
    var expected = 0.0
    for row in y {
      for (step, value) in row.enumerated() {
        let before = step > 0 ? row[step - 1] : 0
        let deviation = exp(0.1 * before)
        let z = (value - 0.5 * before) / deviation
        expected -= 0.5 * z * z + log(deviation) + 0.5 * log(2 * Double.pi)
      }
    }
    let found = compiled.density(at: []).alone
    #expect(abs(found - expected) < 1e-12 * abs(expected))
  }
}
