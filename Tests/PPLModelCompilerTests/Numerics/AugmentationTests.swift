import PPLDistributions
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLSemantics
import PPLTensorCore
import PPLTypeSystem
import Testing

/// Changes of data against their definitions, written out with the same random numbers.
@Suite struct AugmentationTests {
  private let key = RandomKey(seed: 9)

  /// Rows of numbers that are all different.
  private func data(_ sizes: [Int]) -> [Double] {
    (0..<sizes.reduce(1, *)).map { Double(($0 * 37) % 251) }
  }

  private func changed(
    _ changes: [Augmentation],
    _ sizes: [Int],
    _ layout: AugmentedLayout,
    bounds: (Double, Double)? = nil,
    isInteger: Bool = false,
    key: RandomKey? = nil
  ) -> [Double] {
    let builder = GraphBuilder()
    let random = RandomSource(builder: builder, firstStream: 0)
    let whole = builder.constant(
      Tensor(shape: Shape(sizes), kind: isInteger ? .integer : .real, values: data(sizes))
    )
    // Through an input, so that nothing is folded.
    let input = builder.addInput(shape: [sizes[0]]).floor()
    let lowering = AugmentationLowering(
      random,
      lower: bounds.map { builder.constant($0.0) },
      upper: bounds.map { builder.constant($0.1) }
    )
    let result = lowering.apply(changes, to: whole.gather(input), layout)
    #expect(result.shape.sizes == sizes)
    return ReferenceExecutor(builder.build(outputs: [result])).run(
      inputs: (0..<sizes[0]).map(Double.init),
      outputCount: sizes.reduce(1, *),
      key: key ?? self.key
    )
  }

  /// The numbers of the k-th random node, one for each row.
  private func uniforms(_ stream: Int, _ rows: Int, key: RandomKey? = nil) -> [Double] {
    let builder = GraphBuilder()
    let random = RandomSource(builder: builder, firstStream: stream)
    let node = random.uniform([rows, 1, 1, 1])
    return ReferenceExecutor(builder.build(outputs: [node])).run(
      inputs: [],
      outputCount: rows,
      key: key ?? self.key
    )
  }

  private func close(_ a: [Double], _ b: [Double]) -> Bool {
    a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < 1e-9 * (1 + abs($1)) }
  }

  private func moved(_ sizes: [Int], _ steps: [(row: Int, column: Int)]) -> [Double] {
    let (height, width) = (sizes[1], sizes[2])
    let x = data(sizes)
    var result: [Double] = []
    for image in 0..<sizes[0] {
      for row in 0..<height {
        for column in 0..<width {
          let (r, c) = (row + steps[image].row, column + steps[image].column)
          let isInside = (0..<height).contains(r) && (0..<width).contains(c)
          result.append(isInside ? x[(image * height + r) * width + c] : 0)
        }
      }
    }
    return result
  }

  @Test func imagesMoveByWholePixels() {
    let sizes = [40, 5, 7]
    let (rows, columns) = (uniforms(0, 40), uniforms(1, 40))
    let steps = zip(rows, columns).map { u, v in
      (row: Int((u * 7).rounded(.down)) - 3, column: Int((v * 7).rounded(.down)) - 3)
    }
    #expect(close(changed([.translation(3)], sizes, .image(channel: nil)), moved(sizes, steps)))
    #expect(Set(steps.map(\.row)) == Set(-3...3))
  }

  /// Steps are uniform on −2…2: over 20,000 images each of the five has a share of 1/5 within five standard errors.
  @Test func stepsAreUniform() {
    let count = 20_000
    let found = changed([.translation(2)], [count, 9], .series)
    let x = data([count, 9])
    var shares: [Int: Double] = [:]
    for row in 0..<count {
      let middle = found[row * 9 + 4]
      guard let source = (2...6).first(where: { x[row * 9 + $0] == middle }) else {
        Issue.record("no value of the row")
        continue
      }
      shares[source - 4, default: 0] += 1 / Double(count)
    }
    let error = (0.2 * 0.8 / Double(count)).squareRoot()
    for step in -2...2 { #expect(abs((shares[step] ?? 0) - 0.2) < 5 * error) }
    let mean = shares.reduce(0) { $0 + Double($1.key) * $1.value }
    #expect(abs(mean) < 5 * (2 / Double(count)).squareRoot())
  }

  @Test func mirroringTurnsLeftAndRight() {
    let sizes = [30, 3, 4]
    let x = data(sizes)
    let turned = uniforms(0, 30).map { $0 < 0.5 }
    var expected: [Double] = []
    for image in 0..<30 {
      for row in 0..<3 {
        for column in 0..<4 {
          expected.append(x[(image * 3 + row) * 4 + (turned[image] ? 3 - column : column)])
        }
      }
    }
    #expect(changed([.mirror], sizes, .image(channel: nil)) == expected)
    #expect(Set(turned).count == 2)
  }

  @Test(arguments: [0.4, 1.5])
  func brightnessAndContrastScale(_ amount: Double) {
    let sizes = [6, 3, 2]
    let x = data(sizes)
    let low = max(0, 1 - amount)
    let factors = uniforms(0, 6).map { low + (1 + amount - low) * $0 }
    let bright = x.enumerated().map { min(200, max(0, $0.element * factors[$0.offset / 6])) }
    let layout = AugmentedLayout.image(channel: nil)
    #expect(close(changed([.brightness(amount)], sizes, layout, bounds: (0, 200)), bright))
    let contrast = x.enumerated().map { place, value -> Double in
      let image = place / 6
      let mean = x[(image * 6)..<(image * 6 + 6)].reduce(0, +) / 6
      return factors[image] * value + (1 - factors[image]) * mean
    }
    #expect(close(changed([.contrast(amount)], sizes, layout), contrast))
    let rounded = bright.map { ($0 + 0.5).rounded(.down) }
    #expect(
      close(
        changed([.brightness(amount)], sizes, layout, bounds: (0, 200), isInteger: true),
        rounded
      )
    )
  }

  /// Channels in the first, the second and the last place among the axes of an image.
  @Test(arguments: [0, 1, 2])
  func coloursChangeWithinPixels(_ channel: Int) {
    var sizes = [4, 2, 5]
    sizes.insert(3, at: channel + 1)
    let x = data(sizes)
    let strides = Shape(sizes).strides
    let (factors, turns) = (uniforms(0, 4), uniforms(1, 4))
    var expected = x
    for place in x.indices where place / strides[channel + 1] % 3 == 0 {
      let image = place / strides[0]
      let places = (0..<3).map { place + $0 * strides[channel + 1] }
      let f = 0.7 + 0.6 * factors[image]
      let grey = 0.299 * x[places[0]] + 0.587 * x[places[1]] + 0.114 * x[places[2]]
      let c = places.map { f * x[$0] + (1 - f) * grey }
      let angle = 2 * Double.pi * 0.1 * (2 * turns[image] - 1)
      let mean = (c[0] + c[1] + c[2]) / 3
      let (cosine, sine) = (LibM.cos(angle), LibM.sin(angle) / 3.0.squareRoot())
      for k in 0..<3 {
        let across = c[(k + 2) % 3] - c[(k + 1) % 3]
        expected[places[k]] = c[k] * cosine + across * sine + mean * (1 - cosine)
      }
    }
    let change = Augmentation.colour(saturation: 0.3, hue: 0.1)
    #expect(close(changed([change], sizes, .image(channel: channel)), expected))
  }

  @Test func noiseHasItsDeviation() {
    let count = 20_000
    let found = changed([.noise(0.5)], [count], .numbers)
    let noise = zip(found, data([count])).map { $0 - $1 }
    let mean = noise.reduce(0, +) / Double(count)
    let variance = noise.reduce(0) { $0 + $1 * $1 } / Double(count)
    #expect(abs(mean) < 5 * 0.5 / Double(count).squareRoot())
    #expect(abs(variance / 0.25 - 1) < 5 * (2 / Double(count)).squareRoot())
  }

  @Test func nothingIsNothing() {
    let nothing: [Augmentation] = [
      .translation(0), .brightness(0), .contrast(0), .colour(saturation: 0, hue: 0), .noise(0),
    ]
    #expect(changed(nothing, [3, 3, 4, 5], .image(channel: 0)) == data([3, 3, 4, 5]))
  }

  @Test func numbersFollowTheKey() {
    let all: [Augmentation] = [.translation(2), .mirror, .brightness(0.2), .noise(0.1)]
    let layout = AugmentedLayout.image(channel: nil)
    let first = changed(all, [4, 5, 6], layout)
    #expect(first == changed(all, [4, 5, 6], layout))
    #expect(first != changed(all, [4, 5, 6], layout, key: RandomKey(seed: 10)))
  }
}
