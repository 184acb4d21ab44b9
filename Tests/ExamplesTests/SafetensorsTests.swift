import Foundation
import PPL
import PPLJSON
import TestSupport
import Testing

private let hasSafetensors =
  (try? runPython("import numpy, safetensors.numpy", []))?.0 ?? false

/// Weights as the library of the format reads and writes them.
@Suite(.enabled(if: hasSafetensors, "\(python) has no safetensors with NumPy; set PPL_PYTHON"))
struct SafetensorsTests {
  /// The answers of a program that runs in a folder.
  private func answers(_ text: String, in folder: TemporaryDirectory) async throws -> [Double] {
    let program = Program(name: folder.path + "/model.ppl", text: text)
    try #require(program.isValid, "\(program.diagnostics)")
    var options = RunOptions()
    options.path = folder.path + "/fit.zarr"
    options.replacesFits = true
    let outcome = try await program.compile().model.run(options) { _ in }
    let report = try JSONDocument([UInt8](outcome.json.utf8)).root
    guard case .array(let queries)? = report["queries"]?.kind else { return [] }
    return queries.compactMap { $0["value"]?.real }
  }

  /// Saved weights have the names, shapes and values there that they have here, to single precision.
  @Test func weightsOpenThere() async throws {
    let folder = try TemporaryDirectory()
    let elements = (1...3).flatMap { row in (1...2).map { "E(p.f.dense_1.weight[\(row), \($0)])" } }
    let expected = try await answers(
      """
      dim obs = 1..4
      data y[i: obs] = i / 4
      net f(x: real) -> real = [x, x^2] |> Dense(3, tanh) |> Dense(1)
      y[i: obs] ~ Normal(f(i / 10), 1)
      infer p = map(steps: 20, optimizer: adam(0.05), seed: 1)
      save p to "weights.safetensors"
      show \(elements.joined(separator: ", "))
      """,
      in: folder
    )
    let (isGood, output) = try runPython(
      """
      import sys, json
      from safetensors.numpy import load_file
      tensors = load_file(sys.argv[1])
      print(json.dumps({
          "shapes": {name: list(t.shape) for name, t in sorted(tensors.items())},
          "values": [float(v) for v in tensors["f.dense_1.weight"].ravel()]}))
      """,
      [folder.path + "/weights.safetensors"]
    )
    try #require(isGood, "\(output)")
    let found = try JSONDocument([UInt8](output.utf8)).root
    guard case .numbers(let values)? = found["values"]?.kind else {
      Issue.record("no weights: \(output)")
      return
    }
    #expect(expected.count == 6 && values.values.count == 6)
    for (value, own) in zip(values.values, expected) {
      #expect(abs(value - own) <= 1e-7 * max(1, abs(own)), "\(value), \(own)")
    }
    for (name, shape) in [
      ("f.dense_1.weight", "[3, 2]"), ("f.dense_1.bias", "[3]"), ("f.dense_2.weight", "[1, 3]"),
    ] {
      #expect(output.contains("\"\(name)\": \(shape)"), "\(output)")
    }
  }

  /// What is written there, in three precisions, is read here.
  @Test func weightsWrittenThereOpenHere() async throws {
    let folder = try TemporaryDirectory()
    let (isGood, output) = try runPython(
      """
      import sys, json, numpy as np
      from safetensors.numpy import save_file
      g = np.random.default_rng(5)
      tensors = {"layer.weight": g.normal(size=(3, 2)).astype(np.float32),
                 "layer.bias": g.normal(size=3), "half": g.normal(size=(2, 2)).astype(np.float16)}
      save_file(tensors, sys.argv[1], metadata={"made": "elsewhere"})
      w, b, h = (tensors[k].astype(float) for k in ("layer.weight", "layer.bias", "half"))
      print(json.dumps([w[2, 1], b[1], h[1, 0], float(np.tanh(w @ [0.5, -0.25] + b)[2])]))
      """,
      [folder.path + "/made.safetensors"]
    )
    try #require(isGood, "\(output)")
    let expected = try JSONDocument([UInt8](output.utf8)).root
    guard case .numbers(let numbers) = expected.kind else {
      Issue.record("no numbers: \(output)")
      return
    }
    let found = try await answers(
      """
      data W[3, 2]: real key "layer.weight" from "made.safetensors"
      data b[3]: real key "layer.bias" from "made.safetensors"
      data h[2, 2]: real key "half" from "made.safetensors"
      net g(x: real) -> real[3] = [x, -x / 2] |> Dense(3, tanh)
      g.dense_1.weight = W
      g.dense_1.bias = b
      out = g(0.5)[3]
      mu ~ Normal(0, 1)
      infer p = prior(draws: 1, chains: 1, seed: 1)
      show W[3, 2], b[2], h[2, 1], E(p.out)
      """,
      in: folder
    )
    #expect(found.count == numbers.values.count)
    for (value, own) in zip(found, numbers.values) {
      #expect(abs(value - own) < 1e-12, "\(value), \(own)")
    }
  }
}
