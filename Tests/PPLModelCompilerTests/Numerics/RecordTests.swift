import Foundation
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLTensorCore
import PPLTypeSystem
import Testing

/// Records as quantities, parameters and results, and the cells whose states they are.
@Suite struct RecordTests {
  private static func numbers(_ count: Int, _ seed: Double) -> [Double] {
    (0..<count).map { 0.7 * sin(seed + 1.7 * Double($0)) }
  }

  /// One kind of recurrence: its layer, its cell, its gates, and how a program writes its state.
  struct Recurrence: Sendable, CustomTestStringConvertible {
    var layer: String
    var gates: Int
    var type: String
    var zeros: String
    var read: String

    var testDescription: String { layer }
  }

  static let recurrences = [
    Recurrence(
      layer: "LSTM",
      gates: 4,
      type: "(h: real[hidden], c: real[hidden])",
      zeros: "(h: zeros(hidden), c: zeros(hidden))",
      read: ".h"
    ),
    Recurrence(layer: "GRU", gates: 3, type: "real[hidden]", zeros: "zeros(hidden)", read: ""),
    Recurrence(layer: "RNN", gates: 1, type: "real[hidden]", zeros: "zeros(hidden)", read: ""),
  ]

  /// A program with a layer over all steps and a recursion of its cell, with the same weights.
  private static func text(_ recurrence: Recurrence, steps: Int, free: Bool = false) -> String {
    let (layer, name) = (recurrence.layer, recurrence.layer.lowercased())
    let rows = recurrence.gates * 3
    // The type of a record is that of what it is given.
    let declared = recurrence.read.isEmpty ? ": real[hidden]" : ""
    var text = """
      dim series = 2, step = \(steps), feature = 2, hidden = 3
      data x[series, step, feature]: real
      data wi[\(rows), feature], wh[\(rows), hidden], bi[\(rows)], bh[\(rows)]: real
      net layer(x: real[step, feature]) -> real[step, hidden] = x |> \(layer)(hidden)
      net cell(x: real[feature], s: \(recurrence.type)) -> \(recurrence.type) =
          x |> \(layer)Cell(hidden, state: s)
      state[s: series, 1]\(declared) = cell(x[s, 1], \(recurrence.zeros))
      state[s: series, t: step[2..]]\(declared) = cell(x[s, t], state[s, t-1])
      looped[s: series, t: step]: real[hidden] = state[s, t]\(recurrence.read)
      whole[s: series]: real[step, hidden] = layer(x[s])

      """
    if free { return text + "cell.weights ~ Normal(0, 1)\nfactor q = sum(looped * looped)\n" }
    for (net, prefix) in [("layer", "\(name)_1"), ("cell", "\(name)cell_1")] {
      text += """
        \(net).\(prefix).weight_ih = wi
        \(net).\(prefix).weight_hh = wh
        \(net).\(prefix).bias_ih = bi
        \(net).\(prefix).bias_hh = bh

        """
    }
    return text
  }

  private static func data(_ recurrence: Recurrence, steps: Int) -> [String: CaseData] {
    let rows = recurrence.gates * 3
    return [
      "x": .numbers(numbers(2 * steps * 2, 0.3), shape: [2, steps, 2]),
      "wi": .numbers(numbers(rows * 2, 1), shape: [rows, 2]),
      "wh": .numbers(numbers(rows * 3, 2), shape: [rows, 3]),
      "bi": .numbers(numbers(rows, 3), shape: [rows]),
      "bh": .numbers(numbers(rows, 4), shape: [rows]),
    ]
  }

  @Test(arguments: recurrences)
  func aLoopOfACellIsItsLayer(_ recurrence: Recurrence) throws {
    let compiled = try CompiledCase(
      text: Self.text(recurrence, steps: 7),
      data: Self.data(recurrence, steps: 7)
    )
    let values = compiled.recorded(at: [], key: RandomKey(seed: 1))
    let (looped, whole) = (try #require(values["looped"]), try #require(values["whole"]))
    #expect(looped.count == 2 * 7 * 3 && looped.contains { abs($0) > 0.1 })
    for (a, b) in zip(looped, whole) { #expect(abs(a - b) < 1e-12, "\(a), the layer \(b)") }
  }

  /// The gradient through the loop, and its size: one loop, whatever the number of steps.
  @Test(arguments: recurrences)
  func recursionsOfCellsStayLoops(_ recurrence: Recurrence) throws {
    var sizes: [Int] = []
    for steps in [5, 40] {
      let compiled = try CompiledCase(
        text: Self.text(recurrence, steps: steps, free: true),
        data: Self.data(recurrence, steps: steps)
      )
      sizes.append(compiled.model.density.nodes.count)
      let loops = compiled.model.density.nodes.filter { node in
        if case .scan = node.op { true } else { false }
      }
      #expect(loops.count == 1)
      guard steps == 5 else { continue }
      let position = compiled.position(1)
      let gradient = Array(compiled.gradient(at: position).dropFirst())
      for index in position.indices {
        func value(_ shift: Double) -> Double {
          var moved = position
          moved[index] += shift
          return compiled.density(at: moved).withJacobian
        }
        let near = (value(1e-4) - value(-1e-4)) / 2e-4
        let far = (value(2e-4) - value(-2e-4)) / 4e-4
        let difference = (4 * near - far) / 3
        #expect(abs(gradient[index] - difference) < 1e-6 * (1 + abs(difference)))
      }
    }
    #expect(sizes[0] == sizes[1])
  }

  /// Fields of functions and quantities, with and without brackets, as wholes and one by one.
  @Test func recordsAreTheirFields() throws {
    let text = """
      dim obs
      data x[obs]: real
      fn polar(a: real, b: real) -> (length: real, square: real) = (length: sqrt(s), square: s)
          with s = a^2 + b^2
      fn scaled(p: (length: real, square: real), k: real) = (length: k * p.length, square: k^2 * p.square)
      p[i: obs] = scaled(polar(x[i], 2), 3)
      q = polar(3, 4)
      r.a = q.length
      r.b[i: obs] = p[i].square - p[i].length^2
      s[i: obs] = if x[i] > 0 then (u: x[i], v: 1) else polar_of(x[i])
      fn polar_of(x: real) = (u: -x, v: 2)
      z[i: obs] = s[i].u * s[i].v
      """
    let values = try CompiledCase(text: text, data: ["x": .vector(1.5, -2)])
      .recorded(at: [], key: RandomKey(seed: 1))
    #expect(values["q.length"] == [5] && values["q.square"] == [25] && values["r.a"] == [5])
    for (row, x) in [1.5, -2].enumerated() {
      let length = 3 * (x * x + 4).squareRoot()
      #expect(abs((values["p.length"]?[row] ?? .nan) - length) < 1e-12)
      #expect(abs(values["r.b"]?[row] ?? .nan) < 1e-12)
      #expect(values["z"]?[row] == (x > 0 ? x : -2 * x))
    }
  }

  /// A character model of the language's description: parts of the series add up to the whole.
  @Test func languageModelsTakeSomeSeriesAtATime() throws {
    let text = """
      dim position, char, chunk = size(position) div 5, step = 5, hidden = 3
      data text[position]: char
      data w[s: chunk, t: step] = text[position((s - 1) * 5 + t)]
      net cell(c: char, s: (h: real[hidden], c: real[hidden])) -> (h: real[hidden], c: real[hidden]) =
          c |> Embedding(2) |> LSTMCell(hidden, state: s)
      net head(h: real[hidden]) -> real[char] = h |> Dense(char)
      state[s: chunk, 1] = (h: zeros(hidden), c: zeros(hidden))
      state[s: chunk, t: step[2..]] = cell(w[s, t-1], state[s, t-1])
      w[s: chunk, t: step] ~ Categorical(logit: head(state[s, t].h))
      """
    let letters = (0..<30).map { ["a", "b", "c"][($0 * $0 + $0 / 3) % 3] }
    let compiled = try CompiledCase(text: text, data: ["text": .texts(letters)])
    let dimension = try #require(
      compiled.bound.dimensions.indices.first { compiled.bound.dimensions[$0].name == "chunk" }
    )
    func run(_ rows: [DimensionIDRows]) throws -> [Double] {
      let model = try ModelCompiler.compileStochastic(
        compiled.bound,
        rows: rows.isEmpty ? [:] : [.init(dimension): 2],
        isVariational: false
      )
      let position = compiled.position(1)
      let executor = ReferenceExecutor(model.gradient)
      let parts = (rows.isEmpty ? [[]] : rows).map {
        executor.run(inputs: $0 + position, outputCount: model.gradient.outputCount)
      }
      return parts[0].indices.map { index in
        parts.reduce(0) { $0 + $1[index] } / Double(parts.count)
      }
    }
    let whole = try run([])
    let parts = try run([[0, 3], [5, 1], [2, 4]])
    for (a, b) in zip(parts, whole) { #expect(abs(a - b) < 1e-10 * (1 + abs(b)), "\(a), \(b)") }
  }

  private typealias DimensionIDRows = [Double]
}
