import PPLModelCompiler
import PPLTensorCore
import Testing

/// Nets for any dimension: one set of weights for arguments of several sizes.
@Suite struct GenericNetTests {
  private static let head = """
    dim long = 5, short = 3, feature = 2
    data x[long, feature], z[short, feature], q[feature]: real

    """

  private static let data: [String: CaseData] = [
    "x": .numbers((0..<10).map { Double($0 * $0 % 7) / 4 - 0.6 }, shape: [5, 2]),
    "z": .numbers((0..<6).map { 0.5 - Double($0 % 4) / 3 }, shape: [3, 2]),
    "q": .vector(0.4, -0.3),
  ]

  private static let body =
    "x |> Dense(4, tanh) |> SelfAttention(heads: 2) |> LSTM(3) |> StepMean |> Dense(2)"

  /// Calls of a net for any dimension give what nets for these dimensions give with the same weights.
  @Test func callsShareWeights() throws {
    let generic = try CompiledCase(
      text: Self.head + """
        net f[s](x: real[s, feature]) -> real[2] = \(Self.body)
        f.weights ~ Normal(0, 1)
        a: real[2] = f(x)
        b: real[2] = f(z)
        """,
      data: Self.data
    )
    let position = generic.position(1)
    let found = generic.recorded(at: position, key: RandomKey(seed: 1))
    for (name, dimension, argument) in [("a", "long", "x"), ("b", "short", "z")] {
      let plain = try CompiledCase(
        text: Self.head + """
          net f(x: real[\(dimension), feature]) -> real[2] = \(Self.body)
          f.weights ~ Normal(0, 1)
          y: real[2] = f(\(argument))
          """,
        data: Self.data
      )
      try #require(plain.dimension == generic.dimension)
      let expected = plain.recorded(at: position, key: RandomKey(seed: 1))["y"]
      #expect(found[name] == expected)
    }
    #expect(found["a"] != found["b"])
  }

  /// Within the text the dimension is one like others: it has a size, and indices run over it.
  @Test func theTextRunsOverTheDimension() throws {
    let text =
      Self.head + """
        net inner[s](x: real[s, feature]) -> real[s] = x |> Dense(1) |> Reshape(s)
        net outer[s](x: real[s, feature]) -> real = sum(inner(x)) / size(s)
        inner.weights ~ Normal(0, 1)
        a = outer(x)
        b = outer(z)
        """
    let compiled = try CompiledCase(text: text, data: Self.data)
    let position = compiled.position(2)
    let found = compiled.recorded(at: position, key: RandomKey(seed: 1))
    for (name, key) in [("a", "x"), ("b", "z")] {
      guard case .numbers(let values, let shape)? = Self.data[key] else { continue }
      var mean = position[2]
      for row in 0..<shape[0] {
        mean +=
          (position[0] * values[2 * row] + position[1] * values[2 * row + 1]) / Double(shape[0])
      }
      #expect(abs((found[name]?[0] ?? .nan) - mean) < 1e-12)
    }
  }

  /// Attention of one sequence to another, as a layer and as written with `@` and `softmax`.
  @Test func attentionMayBeWrittenOut() throws {
    let text =
      Self.head + """
        net layer[s, t](x: real[s, feature], m: real[t, feature]) -> real[s, feature] =
            x |> CrossAttention(heads: 1, memory: m)
        fn written[s, t](x: real[s, feature], m: real[t, feature]) -> real[s, feature] =
            [sum(w[i, j] * m[j, k] for j: t) for i: s, k: feature]
            with w = [softmax([x[i] @ m[j] / sqrt(2) for j: t])[k] for i: s, k: t]
        data one[6, feature]: real
        data zero[6]: real
        data id[2, feature]: real
        data none[2]: real
        layer.crossattention_1.in_proj_weight = one
        layer.crossattention_1.in_proj_bias = zero
        layer.crossattention_1.out_proj_weight = id
        layer.crossattention_1.out_proj_bias = none
        a = layer(x, z)
        b = written(x, z)
        """
    var data = Self.data
    data["one"] = .matrix([1, 0], [0, 1], [1, 0], [0, 1], [1, 0], [0, 1])
    data["zero"] = .vector(0, 0, 0, 0, 0, 0)
    data["id"] = .matrix([1, 0], [0, 1])
    data["none"] = .vector(0, 0)
    let found = try CompiledCase(text: text, data: data).recorded(at: [], key: RandomKey(seed: 1))
    let (a, b) = (try #require(found["a"]), try #require(found["b"]))
    #expect(a.count == 10)
    for (x, y) in zip(a, b) { #expect(abs(x - y) < 1e-12) }
  }
}
