import Foundation
import PPL
import PPLJSON
import Testing

/// Examples of fits by steps, of guides and of few labels, at a small scale: shorter, and held to what they reach by then.
@Suite struct TrainedExampleTests {
  /// An example, its text made shorter, and the least or greatest value of the figures that it shows.
  struct Short: Sendable, CustomTestStringConvertible {
    var name: String
    var file = "model"
    /// What is replaced in the text.
    var replacing: [(String, String)]
    /// Bounds of figures by their text in the program.
    var bounds: [(text: String, range: ClosedRange<Double>)]

    var testDescription: String { "\(name)/\(file)" }
  }

  /// Bounds lie well beside what the shortened runs reach (in brackets), as rounding differs between machines.
  static let short = [
    // 0.91
    Short(
      name: "digits_mlp",
      replacing: [("epochs: 15", "epochs: 4"), ("save fit to \"mlp.safetensors\"", "")],
      bounds: [("accuracy(guess)", 0.85...1)]
    ),
    // 0.87
    Short(
      name: "digits_cnn",
      replacing: [("epochs: 10", "epochs: 2")],
      bounds: [("accuracy(guess)", 0.78...1)]
    ),
    // 0.66
    Short(
      name: "clothes_cnn",
      replacing: [("epochs: 15", "epochs: 3")],
      bounds: [("accuracy(guess)", 0.55...1)]
    ),
    // -74,000, of 500 images
    Short(
      name: "digits_vae",
      replacing: [
        ("epochs: 40", "epochs: 8"), ("save again to \"again.npy\"", ""),
        ("save fit.drawn to \"drawn.npy\"", ""),
      ],
      bounds: [
        ("elbo(fit, data: (raw: \"../data/mnist_5k/test_images.npy\"))", -82_000 ... -55_000)
      ]
    ),
    // 0.9
    Short(
      name: "spoken_digits",
      replacing: [("epochs: 15", "epochs: 3")],
      bounds: [("accuracy(guess)", 0.7...1)]
    ),
    // 0.93
    Short(
      name: "verse_match",
      replacing: [("epochs: 12", "epochs: 2")],
      bounds: [("accuracy(guess)", 0.7...1)]
    ),
    // 0.7; all reviews called great would be 0.66
    Short(
      name: "food_reviews",
      replacing: [("epochs: 6", "epochs: 2")],
      bounds: [("accuracy(guess)", 0.6...1)]
    ),
    // 1.5
    Short(
      name: "meats",
      replacing: [("steps: 20000", "steps: 5000")],
      bounds: [("rmse(test)", 0.8...3), ("coverage(test, 0.9)", 0.85...1)]
    ),
    // 0.70 where a mean for all has 0.98
    Short(
      name: "ratings",
      replacing: [("epochs: 1000", "epochs: 400")],
      bounds: [("rmse(test)", 0.6...0.8), ("coverage(test, 0.9)", 0.85...0.97)]
    ),
    // 0.980 with the birds that have no label, 0.873 without them
    Short(name: "penguins", replacing: [], bounds: [("E(post.right)", 0.96...0.99)]),
    Short(
      name: "penguins",
      file: "labelled",
      replacing: [],
      bounds: [("E(post.right)", 0.8...0.92)]
    ),
  ]

  @Test(arguments: short)
  func reachesWhatIsExpected(_ example: Short) async throws {
    let path = Example.root.appending(path: "\(example.name)/\(example.file).ppl").path()
    var text = try String(contentsOfFile: path, encoding: .utf8)
    for (old, new) in example.replacing {
      try #require(text.contains(old))
      text = text.replacing(old, with: new)
    }
    let figures = try await figures(Program(name: path, text: text), data: nil)
    for (text, range) in example.bounds {
      let figure = try #require(figures[text], "\(figures)")
      #expect(range.contains(figure), "\(text) = \(figure)")
    }
  }

  /// The mean field knows no correlations and is too narrow where there are some; the full rank is not.
  @Test func guidesAgreeWithDraws() async throws {
    let path = Example.root.appending(path: "diabetes_guides/model.ppl").path()
    let text =
      try String(contentsOfFile: path, encoding: .utf8)
      + "\nshow E(field.b[2]), E(full.b[2]), E(curve.b[2]), E(exact.b[2])"
      + "\nshow SD(field.b[8]), SD(full.b[8]), SD(curve.b[8]), SD(exact.b[8])\n"
    let data = Example.root.appending(path: "diabetes_guides/data.json").path()
    let figures = try await figures(Program(name: path, text: text), data: data)
    let mean = try #require(figures["E(exact.b[2])"])
    let deviation = try #require(figures["SD(exact.b[8])"])
    // The standard deviation of 1000 draws is known to 2 % each; means of them to 0.006.
    for guide in ["field", "full", "curve"] {
      #expect(abs(try #require(figures["E(\(guide).b[2])"]) - mean) < 0.07)
    }
    for guide in ["full", "curve"] {
      #expect(abs(try #require(figures["SD(\(guide).b[8])"]) / deviation - 1) < 0.12)
    }
    #expect(try #require(figures["SD(field.b[8])"]) < 0.85 * deviation)
  }

  /// The numbers that a run shows, by their text.
  private func figures(_ program: Program, data: String?) async throws -> [String: Double] {
    try #require(program.isValid, "\(program.diagnostics)")
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    var options = RunOptions()
    options.path = directory.path + "/fit.zarr"
    let compiled = try program.compile(DataSet(paths: data.map { [$0] } ?? []))
    let outcome = try await compiled.model.run(options) { _ in }
    let report = try JSONDocument([UInt8](outcome.json.utf8)).root
    guard case .array(let queries)? = report["queries"]?.kind else { return [:] }
    var result: [String: Double] = [:]
    for query in queries {
      guard case .string(let text)? = query["text"]?.kind else { continue }
      result[text] = query["value"]?.real ?? query["value"]?["elbo"]?.real
    }
    return result
  }
}
