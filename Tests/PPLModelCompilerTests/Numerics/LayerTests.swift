import Foundation
import PPLGraphIR
import PPLModelCompiler
import PPLTensorCore
import Testing

/// Layers: what they give against PyTorch, and their gradients against differences.
@Suite struct LayerTests {
  /// A layer with an input, weights, and what PyTorch (in double precision) gives for them.
  struct Reference: Decodable, Sendable, CustomTestStringConvertible {
    struct Array: Decodable, Sendable {
      var shape: [Int]
      var values: [Double]
    }

    var name: String
    var layer: String
    var input_shape: [Int]
    var input: [Double]
    var weights: [String: Array]
    /// What it takes besides its input, by the names in `layer`; a scalar is an integer.
    var operands: [String: Array]?
    /// Of a record the field that is compared.
    var field: String?
    var output_shape: [Int]
    var output: [Double]

    var testDescription: String { name }

    /// Whether it is a function of numbers, not a layer.
    var isActivation: Bool { layer.first?.isLowercase ?? false }

    /// The layer's name in the net.
    var weightPrefix: String {
      "f.\(layer.prefix { $0 != "(" }.lowercased())_1"
    }
  }

  static let references: [Reference] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "layers.json")
    guard let data = try? Data(contentsOf: file),
      let found = try? JSONDecoder().decode([Reference].self, from: data)
    else { return [] }
    return found
  }()

  /// The net `f` and what `y` is.
  private static func net(_ reference: Reference) -> String {
    let operands = (reference.operands ?? [:]).sorted { $0.key < $1.key }
    let parameters = operands.map { name, array in
      ", \(name): \(array.shape.isEmpty ? "int" : "real\(sizes(array.shape))")"
    }.joined()
    let arguments = operands.map { ", \($0.key)" }.joined()
    let input = "real\(sizes(reference.input_shape))"
    return "net f(x: \(input)\(parameters)) = x |> \(reference.layer)\n"
      + "y = f(x\(arguments))\(reference.field.map { ".\($0)" } ?? "")\n"
  }

  private static func sizes(_ shape: [Int]) -> String {
    shape.isEmpty ? "" : "[\(shape.map(String.init).joined(separator: ", "))]"
  }

  @Test func referencesAreThere() { #expect(Self.references.count >= 25) }

  @Test(arguments: references)
  func outputsAreThoseOfPyTorch(_ reference: Reference) throws {
    var text = "data x\(Self.sizes(reference.input_shape)): real\n"
    var data = ["x": CaseData.numbers(reference.input, shape: reference.input_shape)]
    if reference.isActivation {
      text += "y = \(reference.layer)(x)\n"
    } else {
      for (number, weight) in reference.weights.sorted(by: { $0.key < $1.key }).enumerated() {
        text += "data w\(number)\(Self.sizes(weight.value.shape)): real\n"
        text += "\(reference.weightPrefix).\(weight.key) = w\(number)\n"
        data["w\(number)"] = .numbers(weight.value.values, shape: weight.value.shape)
      }
      for (name, array) in reference.operands ?? [:] {
        text += "data \(name)\(Self.sizes(array.shape)): \(array.shape.isEmpty ? "int" : "real")\n"
        data[name] = .numbers(array.values, shape: array.shape)
      }
      text += Self.net(reference)
    }
    let compiled = try CompiledCase(text: text, data: data)
    let found = try #require(compiled.recorded(at: [], key: RandomKey(seed: 1))["y"])
    try #require(found.count == reference.output.count)
    for (a, b) in zip(found, reference.output) {
      #expect(abs(a - b) <= 1e-12 * (1 + abs(b)), "\(a), PyTorch \(b)")
    }
  }

  /// Derivatives in inputs and weights by central differences, of which the error is about 1e-9 of the values.
  @Test(arguments: references)
  func gradientsAgreeWithDifferences(_ reference: Reference) throws {
    let type = "real\(Self.sizes(reference.input_shape))"
    var body = reference.isActivation ? "y = \(reference.layer)(x)\n" : Self.net(reference)
    if !reference.weights.isEmpty { body += "f.weights ~ Normal(0, 1)\n" }
    var data: [String: CaseData] = [:]
    for (name, array) in reference.operands ?? [:] {
      if array.shape.isEmpty {
        body += "data \(name): int\n"
        data[name] = .numbers(array.values, shape: [])
      } else {
        body += "\(name): real\(Self.sizes(array.shape)) ~ Normal(0, 1)\n"
      }
    }
    let compiled = try CompiledCase(
      text: "x: \(type) ~ Normal(0, 1)\n\(body)factor q = sum(y * y) + sum(sin(y))\n",
      data: data
    )
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
      #expect(
        abs(gradient[index] - difference) < 1e-6 * (1 + abs(difference)),
        "element \(index): \(gradient[index]), by differences \(difference)"
      )
    }
  }

  @Test func netsAreFunctionsOfOneExample() throws {
    let text = """
      dim obs, feature
      data x[obs, feature]: real
      net f(x: real[feature]) -> real = x |> Dense(3, tanh) |> Dense(1)
      f.weights ~ Normal(0, 1)
      y[i: obs] = f(x[i])
      first = f(x[1])
      """
    let compiled = try CompiledCase(
      text: text,
      data: ["x": .matrix([0.3, -0.2], [1.1, 0.4], [-0.6, 0.9])]
    )
    let position = compiled.position(0)
    let values = compiled.recorded(at: position, key: RandomKey(seed: 1))
    let weights = position.map { $0 }
    for (row, x) in [[0.3, -0.2], [1.1, 0.4], [-0.6, 0.9]].enumerated() {
      let hidden = (0..<3).map { unit in
        tanh(weights[2 * unit] * x[0] + weights[2 * unit + 1] * x[1] + weights[6 + unit])
      }
      let expected = zip(hidden, weights[9..<12]).reduce(weights[12]) { $0 + $1.0 * $1.1 }
      #expect(abs((values["y"]?[row] ?? .nan) - expected) < 1e-12)
      if row == 0 { #expect(abs((values["first"]?[0] ?? .nan) - expected) < 1e-12) }
    }
  }

  /// A net with several results, one that calls another, and fields of records.
  @Test func recordsAreTakenApart() throws {
    let text = """
      dim obs
      data x[obs]: real
      net inner(a: real) -> real[2] = [a] |> Dense(2, tanh)
      net outer(a: real) -> (mean: real, sd: real) = (mean: h |> Dense(1), sd: exp(h |> Dense(1)))
          with h = inner(a)
      inner.weights ~ Normal(0, 1)
      outer.weights ~ Normal(0, 1)
      m[i: obs] = q.mean with q = outer(x[i])
      s[i: obs] = outer(x[i]).sd
      """
    let compiled = try CompiledCase(text: text, data: ["x": .vector(0.5, -1)])
    let position = compiled.position(2)
    let w = position
    let values = compiled.recorded(at: position, key: RandomKey(seed: 1))
    for (row, x) in [0.5, -1].enumerated() {
      let h = [tanh(w[0] * x + w[2]), tanh(w[1] * x + w[3])]
      let mean = w[4] * h[0] + w[5] * h[1] + w[6]
      let sd = exp(w[7] * h[0] + w[8] * h[1] + w[9])
      #expect(abs((values["m"]?[row] ?? .nan) - mean) < 1e-12)
      #expect(abs((values["s"]?[row] ?? .nan) - sd) < 1e-12)
    }
  }

  @Test func embeddingsPickRows() throws {
    let text = """
      dim word = ["a", "b", "c"], place = 4
      data w[place]: word
      net f(w: word) -> real[2] = w |> Embedding(2)
      f.weights ~ Normal(0, 1)
      y[p: place]: real[2] = f(w[p])
      """
    let compiled = try CompiledCase(text: text, data: ["w": .texts(["c", "a", "c", "b"])])
    let position = compiled.position(0)
    let y = try #require(compiled.recorded(at: position, key: RandomKey(seed: 1))["y"])
    for (place, row) in [2, 0, 2, 1].enumerated() {
      #expect(y[2 * place] == position[2 * row] && y[2 * place + 1] == position[2 * row + 1])
    }
  }

  /// Series of different lengths side by side give what each gives alone, and so do their gradients.
  @Test(arguments: [
    "LSTM(2, length: n)", "GRU(2, bidirectional: true, length: n)",
    "SelfAttention(heads: 1, length: n)",
  ])
  func lengthsDifferFromSeriesToSeries(_ layer: String) throws {
    let lengths = [2, 4, 3]
    let x = (0..<24).map { sin(1.1 * Double($0)) }
    func compiled(_ rows: [Int]) throws -> CompiledCase {
      try CompiledCase(
        text: """
          dim row, step = 4, feature = 2
          data x[row, step, feature]: real
          data n[row]: int
          net f(x: real[step, feature], n: int) -> real[2] =
              x |> \(layer) |> StepMean(length: n) |> Dense(2)
          f.weights ~ Normal(0, 1)
          factor q[i: row] = sum(sin(f(x[i], n[i])))
          """,
        data: [
          "x": .numbers(rows.flatMap { x[(8 * $0)..<(8 * $0 + 8)] }, shape: [rows.count, 4, 2]),
          "n": .numbers(rows.map { Double(lengths[$0]) }, shape: [rows.count]),
        ]
      )
    }
    let whole = try compiled([0, 1, 2])
    let position = whole.position(1)
    let prior = try CompiledCase(text: "z: real[\(position.count)] ~ Normal(0, 1)")
    let own = prior.gradient(at: position)
    var expected = own.map { -2 * $0 }
    for row in 0..<3 {
      let alone = try compiled([row]).gradient(at: position)
      for index in expected.indices { expected[index] += alone[index] }
    }
    for (a, b) in zip(whole.gradient(at: position), expected) {
      #expect(abs(a - b) < 1e-10 * (1 + abs(b)), "\(a), one by one \(b)")
    }
  }
}
