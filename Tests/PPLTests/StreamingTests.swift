import Foundation
import PPL
import PPLModelCompiler
import PPLSourceText
import Testing

/// Fits by steps over arrays whose rows stay in their files.
@Suite struct StreamingTests {
  /// A folder with arrays in NumPy's form.
  private final class Arrays {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)

    init() throws {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appending(path: name).path }

    func add(_ name: String, _ type: String, _ shape: [Int], _ content: Data) throws {
      let sizes = shape.map { "\($0)," }.joined(separator: " ")
      var header = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(sizes)), }"
      header += String(repeating: " ", count: 63 - (10 + header.utf8.count) % 64) + "\n"
      var bytes = Data([0x93] + Array("NUMPY".utf8) + [1, 0])
      bytes += [UInt8(header.utf8.count & 255), UInt8(header.utf8.count >> 8)]
      try (bytes + Data(header.utf8) + content).write(to: folder.appending(path: name))
    }

    func add(_ name: String, _ shape: [Int], _ numbers: [UInt8]) throws {
      try add(name, "|u1", shape, Data(numbers))
    }

    func add(_ name: String, _ shape: [Int], _ numbers: [Float]) throws {
      let content = numbers.flatMap { number in
        (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) }
      }
      try add(name, "<f4", shape, Data(content))
    }

    /// The program with its data; `streams` lets arrays stay in their files however small they are.
    func model(_ text: String, streams: Bool, elementBudget: Int = 1 << 27) throws -> (
      model: Model, warnings: [Diagnostic]
    ) {
      let program = Program(name: path("model.ppl"), text: text)
      #expect(program.diagnostics.isEmpty, "\(program.diagnostics)")
      var data = DataSet()
      if streams { data.leastStreamed = 1 }
      return try program.compile(
        data,
        needsDensity: program.needsDensity,
        elementBudget: elementBudget
      )
    }

    /// What a run prints, with where its files lie left out.
    func output(_ model: Model) async throws -> [String] {
      var options = RunOptions()
      options.path = path("\(UUID().uuidString).zarr")
      var output: [String] = []
      _ = try await model.run(options) { event in
        if case .output(let text) = event { output.append(text) }
      }
      return output
    }
  }

  private static let rows = 60
  private static let width = 12

  /// Two kinds of rows of 12 pixels: bright on the left, or on the right.
  private static func makeArrays() throws -> Arrays {
    let arrays = try Arrays()
    var pixels: [UInt8] = []
    var labels: [UInt8] = []
    var numbers: [Float] = []
    for row in 0..<rows {
      let label = row * 7 % 3 == 0 ? 1 : 0
      labels.append(UInt8(label))
      for place in 0..<width {
        let noise = (row * 31 + place * 17) % 90
        pixels.append(UInt8((place < width / 2) == (label == 1) ? 150 + noise : noise))
        numbers.append(Float(place) / 4 + Float(noise) / 45 - 1)
      }
    }
    try arrays.add("pixels.npy", [rows, width], pixels)
    try arrays.add("labels.npy", [rows], labels)
    try arrays.add("numbers.npy", [rows, width], numbers)
    return arrays
  }

  private static let pixels =
    "dim row, place, kind = 0..1\ndata raw[row, place]: int in 0..255 from \"pixels.npy\"\n"
  private static let labelled = pixels + "data label[row]: kind from \"labels.npy\"\n"
  private static let classifier =
    "net f(x: real[place]) -> real[kind] = x |> Dense(5, tanh) |> Dense(kind)\n"
    + "label[i: row] ~ Categorical(logit: f(x[i]))\n"

  /// Programs whose fits never want the arrays whole.
  private static let programs = [
    labelled + "data x = raw / 255\n" + classifier
      + "infer fit = map(batch: (row: 8), epochs: 5, seed: 1)\n"
      + "show E(fit.f.dense_1.weight), E(fit.f.dense_2.bias)\n",
    labelled + "data x[i: row, j: place] = (raw[i, j] - 100) / 50\n" + classifier
      + "infer fit = train(batch: (row: 8), epochs: 5, validation: 0.2, patience: 3, seed: 2)\n"
      + "show E(fit.f.dense_1.weight)\n",
    labelled + "data x = raw / 255\n" + classifier
      + "infer fit = train(batch: (row: 8), epochs: 4, augment: (raw: [noise(5)]), seed: 3)\n"
      + "show E(fit.f.dense_1.weight)\n",
    pixels + "data bright = raw > 127\nw[place] ~ Normal(0, 2)\nz[row] ~ Normal(0, 1)\n"
      + "bright[i: row, j: place] ~ Bernoulli(logit: w[j] * z[i])\n"
      + "net e(x: real[place]) -> real[2] = x |> Dense(2)\n"
      + "guide g {\n  z[i: row] ~ Normal(e(raw[i] / 255)[1], exp(e(raw[i] / 255)[2] - 2))\n}\n"
      + "infer fit = svi(batch: (row: 15), guide: g, epochs: 30, seed: 4)\n"
      + "show E(fit.w), SD(fit.w), elbo(fit)\n",
    "dim row, place\ndata y[row, place]: real from \"numbers.npy\"\n"
      + "m[place] ~ Normal(0, 5)\ns ~ HalfNormal(1)\ny[i: row, j: place] ~ Normal(m[j], s)\n"
      + "infer fit = svi(batch: (row: 20), epochs: 60, seed: 5)\nshow E(fit.m), elbo(fit)\n",
  ]

  /// The numbers of a text.
  private func numbers(_ output: [String]) -> [Double] {
    output.flatMap { line in
      line.split { !("0123456789.-e".contains($0)) }.compactMap { Double($0) }
    }
  }

  /// Rows that are read for each step give the fits that the same rows give when all are held, and nothing holds them.
  @Test(arguments: programs.indices)
  func streamedFitsAreThoseOfHeldData(_ number: Int) async throws {
    let arrays = try Self.makeArrays()
    let text = Self.programs[number]
    let held = try arrays.model(text, streams: false).model
    let streamed = try arrays.model(text, streams: true).model
    let values = streamed.bound.values
    let ids = values.variables.filter { values.streamed($0) != nil }
    #expect(!ids.isEmpty)
    let expected = numbers(try await arrays.output(held))
    let found = numbers(try await arrays.output(streamed))
    #expect(expected.count > 2)
    #expect(expected.count == found.count)
    for (a, b) in zip(expected, found) {
      #expect(abs(a - b) <= 2e-3 * (abs(a) + 0.1), "\(expected) and \(found)")
    }
    #expect(ids.allSatisfy { values.streamed($0)?.isHeld == false })
    #expect(!held.bound.values.variables.contains { held.bound.values.streamed($0) != nil })
  }

  /// What wants more than the rows of a step gets all of them: statistics, neighbours, other engines, predictions.
  @Test(arguments: [
    labelled + "data x = (raw - mean(raw)) / sd(raw)\n" + classifier
      + "infer fit = map(batch: (row: 8), epochs: 5, seed: 1)\nshow E(fit.f.dense_1.weight)\n",
    labelled
      + "data x[i: row, j: place] = if i == 1 then raw[i, j] / 255 else (raw[i, j] - raw[i-1, j]) / 255\n"
      + classifier
      + "infer fit = map(batch: (row: 8), epochs: 5, seed: 1)\nshow E(fit.f.dense_1.weight)\n",
    labelled + "data x = raw / 255\n" + classifier
      + "infer fit = map(batch: (row: 8), epochs: 30, seed: 1)\n"
      + "predict guess = label given fit\nshow accuracy(guess)\n",
    "dim row, place\ndata y[row, place]: real from \"numbers.npy\"\n"
      + "m[place] ~ Normal(0, 5)\ny[i: row, j: place] ~ Normal(m[j], 1)\n"
      + "infer fit = svi(batch: (row: 20), epochs: 20, seed: 5)\n"
      + "infer post = nuts(chains: 1, warmup: 100, draws: 50, seed: 1)\nshow E(fit.m), E(post.m)\n",
    "dim row, place\ndata y[row, place]: real from \"numbers.npy\"\nparam m[place]: real\n"
      + "y[i: row, j: place] ~ Normal(m[j], 1)\n"
      + "infer fit = map(optimizer: lbfgs(), steps: 50, seed: 5)\nshow E(fit.m)\n",
  ])
  func whatWantsAllRowsGetsThem(_ text: String) async throws {
    let arrays = try Self.makeArrays()
    let held = numbers(try await arrays.output(try arrays.model(text, streams: false).model))
    let streamed = numbers(try await arrays.output(try arrays.model(text, streams: true).model))
    #expect(!held.isEmpty)
    #expect(held.count == streamed.count)
    for (a, b) in zip(held, streamed) {
      #expect(abs(a - b) <= 2e-3 * (abs(a) + 0.1), "\(held) and \(streamed)")
    }
  }

  /// Mistakes of rows far behind in a file are found where they are.
  @Test(arguments: [
    "int in 0..254", "int in {0, 7}", "real < 200", "bool", "simplex", "int",
  ])
  func rowsAreHeldAgainstTheirDeclaration(_ type: String) throws {
    let arrays = try Arrays()
    let (rows, width) = (5000, 300)
    let declared = type == "simplex" ? "x[row]: simplex[place]" : "x[row, place]: \(type)"
    let text =
      "dim row, place\ndata \(declared) from \"x.npy\"\nparam m: real\n"
      + "data y[i: row] = sum(x[i])\ny[i: row] ~ Normal(m, 1)\n"
      + "infer fit = map(batch: (row: 8), steps: 1)\n"
    if type == "int" || type == "simplex" {
      var numbers = [Float](repeating: type == "int" ? 3 : 0, count: rows * width)
      if type == "simplex" { for row in 0..<rows { numbers[row * width] = 1 } }
      numbers[4321 * width + 99] = 0.5
      try arrays.add("x.npy", [rows, width], numbers)
    } else {
      var numbers = [UInt8](repeating: 0, count: rows * width)
      numbers[4321 * width + 99] = 255
      try arrays.add("x.npy", [rows, width], numbers)
    }
    func failure(streams: Bool) -> [String] {
      do {
        _ = try arrays.model(text, streams: streams)
        return []
      } catch {
        return (error as? BindingFailure)?.diagnostics.map { "\($0.code) \($0.message)" } ?? []
      }
    }
    let found = failure(streams: true)
    #expect(found.count == 1)
    #expect(found == failure(streams: false))
    #expect(found[0].contains("[4322,100]") || type == "simplex", "\(found)")
  }

  /// What no machine would hold is fitted row by row, and refused where it is wanted whole.
  @Test func arraysBeyondTheBudgetAreReadOnlyByRows() async throws {
    let arrays = try Self.makeArrays()
    let budget = Self.rows * Self.width - 1
    let text = Self.programs[0]
    let model = try arrays.model(text, streams: true, elementBudget: budget).model
    #expect(try await arrays.output(model).count > 1)
    let mean = text.replacing("raw / 255", with: "raw / mean(raw)")
    let refused = try arrays.model(mean, streams: true, elementBudget: budget).model
    await #expect {
      _ = try await arrays.output(refused)
    } throws: { error in
      guard case .program(let diagnostic) = error as? SamplingFailure else { return false }
      return diagnostic.code == "E0817"
    }
  }

  /// A file that is cut short while a fit reads it ends the fit with its name.
  @Test func filesThatAreCutShortEndTheFit() async throws {
    let arrays = try Self.makeArrays()
    let model = try arrays.model(Self.programs[0], streams: true).model
    let handle = try #require(FileHandle(forWritingAtPath: arrays.path("pixels.npy")))
    try handle.truncate(atOffset: 300)
    try handle.close()
    await #expect {
      _ = try await arrays.output(model)
    } throws: { error in
      guard case .data(let diagnostics) = error as? SamplingFailure else { return false }
      return diagnostics.map(\.code) == ["E0807"]
        && diagnostics[0].dataLocation?.file.hasSuffix("pixels.npy") == true
    }
  }
}
