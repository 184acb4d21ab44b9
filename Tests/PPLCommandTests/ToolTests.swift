import Foundation
import PPLJSON
import Testing

/// `check`, `plan`, `density`, `bench`.
@Suite struct ToolTests {
  private func workplace() throws -> Workplace {
    try Workplace([
      "m.ppl": ConjugateModel.text + "\ns ~ Exponential(1)\nfactor f = -s",
      "d.json": ConjugateModel.data,
    ])
  }

  @Test(arguments: [
    ("syntax", "mu"), ("checked", "mu: real, sampled"), ("plan", "sampled mu"),
    ("graph", "input"), ("gradient", "input"),
  ])
  func aPhaseCanBePrinted(_ phase: String, _ word: String) throws {
    let place = try workplace()
    let result = try place.run("check", "m.ppl", "--data", "d.json", "--print", phase)
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains(word), "\(result.output)")
    #expect(!place.exists("m.fit.zarr"))
  }

  @Test func checkNeedsNoDataForThePhasesOfTheText() throws {
    let place = try workplace()
    for phase in ["syntax", "checked"] {
      #expect(try place.run("check", "m.ppl", "--print", phase).status == 0)
    }
    #expect(try place.run("check", "m.ppl").status == 0)
    #expect(try place.run("check", "m.ppl", "--print", "graph").status == 3)
  }

  @Test func planTellsRolesAndSizes() throws {
    let place = try workplace()
    let plan = try place.run("plan", "m.ppl", "--data", "d.json")
    #expect(plan.status == 0)
    #expect(
      plan.output == (try place.run("check", "m.ppl", "--data", "d.json", "--print", "plan")).output
    )
    for line in ["dim obs: 4", "observed y", "derived twice", "engine nuts on 2 unconstrained"] {
      #expect(plan.output.contains(line), "\(plan.output)")
    }
  }

  @Test func enginesAreListedWithTheirSettings() throws {
    let place = try workplace()
    let all = try place.run("engines")
    #expect(all.status == 0 && all.output.contains("elliptical_slice  "))
    let one = try place.run("engines", "tempering")
    #expect(one.status == 0 && one.output.contains("levels "))
    #expect(try place.run("engines", "emcee").status == 64)
  }

  /// A fit holds the statistics that its engine has, and no others.
  @Test func statisticsOfOtherEnginesAreTheirOwn() throws {
    let place = try Workplace([
      "m.ppl": ConjugateModel.text + "\ninfer p = slice(draws: 200, warmup: 100, seed: 1)",
      "d.json": ConjugateModel.data,
    ])
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--out", "f.zarr")
    #expect(result.status < 2, "\(result.errors)")
    for name in ["lp", "n_evaluations"] {
      #expect(place.exists("f.zarr/sample_stats/\(name)"), "\(name)")
    }
    for name in ["diverging", "step_size", "energy", "acceptance_rate"] {
      #expect(!place.exists("f.zarr/sample_stats/\(name)"), "\(name)")
    }
  }

  @Test func rewritesAreListedAndCanBeLeftOut() throws {
    let place = try workplace()
    let plan = try place.run("plan", "m.ppl", "--data", "d.json")
    #expect(plan.output.contains("rewrite factors-out-of-sums: "))
    let without = try place.run(
      "plan",
      "m.ppl",
      "--data",
      "d.json",
      "--no-rewrite",
      "factors-out-of-sums"
    )
    #expect(without.status == 0)
    #expect(!without.output.contains("rewrite factors-out-of-sums"))
    for command in ["run", "check", "plan", "bench"] {
      let unknown = try place.run(command, "m.ppl", "--data", "d.json", "--no-rewrite", "none")
      #expect(unknown.status == 64)
      #expect(unknown.errors.contains("least-squares"), "\(unknown.errors)")
    }
  }

  @Test func densityAtAPoint() throws {
    let place = try workplace()
    try place.write("{\"mu\": 0.5, \"s\": 2}", to: "p.json")
    let result = try place.run(
      "density",
      "m.ppl",
      "--data",
      "d.json",
      "--at",
      "p.json",
      "--gradient",
      "--format",
      "json"
    )
    #expect(result.status == 0, "\(result.errors)")
    let report = try result.json()
    #expect(report.keys == ["log_density", "log_density_jacobian", "unconstrained", "gradient"])
    // Normal(0.5 | 0, 1), four of Normal(y | 0.5, 1) with squares 0, 1, 4, 1, and exp(-2 s).
    let expected = -0.125 - 3 - 2.5 * log(2 * Double.pi) - 4
    func number(_ key: String) throws -> Double { try #require(report[key]?.real) }
    func number(_ key: String, _ name: String) throws -> Double {
      guard case .numbers(let numbers)? = report[key]?[name]?.kind else { return .nan }
      return numbers.values[0]
    }
    #expect(abs(try number("log_density") - expected) < 1e-12)
    #expect(abs(try number("log_density_jacobian") - (expected + log(2))) < 1e-12)
    #expect(abs(try number("unconstrained", "s") - log(2)) < 1e-15)
    // d/dmu: -0.5 + (6 - 2); d/dlog s: -2 s + 1.
    #expect(abs(try number("gradient", "mu") - 3.5) < 1e-12)
    #expect(abs(try number("gradient", "s") + 3) < 1e-12)
    let plain = try place.run("density", "m.ppl", "--data", "d.json", "--at", "p.json")
    #expect(plain.output.contains("log density"))
    #expect(!plain.output.contains("gradient"))

    try place.write("{\"mu\": 0.5}", to: "p.json")
    let missing = try place.run("density", "m.ppl", "--data", "d.json", "--at", "p.json")
    #expect(missing.status == 3)
    #expect(missing.errors.contains("`s`"))
  }

  @Test(arguments: [
    ("{\n  \"mu\": 0.5,\n  \"s\": -2,\n  \"p\": [0.5, 0.5]\n}", "`s` is -2", "p.json, row 3"),
    (
      "{\n  \"mu\": 0.5,\n  \"s\": 2,\n  \"p\": [0.5, 0.25]\n}", "`p` sums to 0.75", "p.json, row 4"
    ),
  ])
  func aPointOutsideOfTheSupportIsBadData(_ point: String, _ what: String, _ location: String)
    throws
  {
    let model =
      ConjugateModel.text
      + "\ndim k = 2\ns ~ Exponential(1)\np: simplex[k] ~ Dirichlet(1)\nfactor f = -s * p[1]"
    let place = try Workplace(["m.ppl": model, "d.json": ConjugateModel.data, "p.json": point])
    for format in ["text", "json"] {
      let result = try place.run(
        "density",
        "m.ppl",
        "--data",
        "d.json",
        "--at",
        "p.json",
        "--format",
        format
      )
      #expect(result.status == 3)
      #expect(result.output.isEmpty)
      #expect(result.errors.contains(what), "\(result.errors)")
      #expect(result.errors.contains(location), "\(result.errors)")
    }
  }

  @Test func benchTimesTheGradient() throws {
    let place = try workplace()
    let result = try place.run("bench", "m.ppl", "--data", "d.json", "--format", "json")
    #expect(result.status == 0)
    let report = try result.json()
    #expect(
      report.keys == [
        "dimension", "gradient_ns", "gradient_ns_reference", "compile_s", "log_density",
        "outside_gradient_share",
      ]
    )
    #expect(report["dimension"]?.integer == 2)
    #expect((report["gradient_ns"]?.real ?? 0) > 0)
    #expect((report["compile_s"]?.real ?? 0) > 0)
    #expect((report["outside_gradient_share"]?.real ?? 2) <= 1)
    // All unconstrained values 0.1: mu = 0.1, s = exp(0.1).
    let squares = 0.4 * 0.4 + 1.4 * 1.4 + 2.4 * 2.4 + 1.4 * 1.4
    let expected = -0.5 * (0.01 + squares) - 2.5 * log(2 * Double.pi) - 2 * exp(0.1) + 0.1
    #expect(abs(try #require(report["log_density"]?.real) - expected) < 1e-10)
  }

  @Test func benchMeasuresASuite() throws {
    let place = try workplace()
    for name in ["one", "two"] {
      try FileManager.default.createDirectory(
        atPath: "\(place.path)/examples/\(name)",
        withIntermediateDirectories: true
      )
      try place.write(ConjugateModel.text, to: "examples/\(name)/model.ppl")
      try place.write(ConjugateModel.data, to: "examples/\(name)/data.json")
    }
    try place.write("no example", to: "examples/README.md")
    let suite = ["bench", "--suite", "--examples", "examples"]
    let result = try place.finish(place.start(suite + ["--only", "two", "--format", "json"]))
    #expect(result.status == 0, "\(result.errors)")
    let report = try result.json()
    #expect(report.keys == ["schema", "version", "examples"])
    #expect(report["schema"]?.integer == 1)
    let examples = report["examples"]?.elements ?? []
    #expect(examples.count == 1)
    let example = try #require(examples.first)
    #expect(
      example.keys == [
        "name", "dimension", "gradient_ns", "gradient_ns_reference", "compile_s", "log_density",
        "sampling", "process",
      ]
    )
    #expect(example["name"]?.string == "two")
    #expect(example["dimension"]?.integer == 1)
    let sampling = try #require(example["sampling"])
    #expect(
      sampling.keys == [
        "chains", "warmup", "draws", "warmup_s", "sampling_s", "gradients", "divergences",
        "min_ess_bulk", "min_ess_bulk_name", "ess_per_s", "ess_per_s_with_warmup",
        "ess_per_gradient", "outside_gradient_share",
      ]
    )
    #expect(sampling["chains"]?.integer == 4)
    #expect(sampling["draws"]?.integer == 1000)
    #expect(sampling["min_ess_bulk_name"]?.string == "mu")
    let process = try #require(example["process"])
    #expect(process.keys == ["repetitions", "first_draw_s", "total_s", "peak_memory_bytes"])
    let firstDraw = try #require(process["first_draw_s"]?.real)
    #expect(firstDraw > 0)
    #expect(try firstDraw < #require(process["total_s"]?.real))
    #expect((process["peak_memory_bytes"]?.integer ?? 0) > 1_000_000)
    #expect(!place.exists("model.fit.zarr"))
    let text = try place.finish(place.start(suite))
    #expect(text.status == 0)
    let lines = text.output.split(separator: "\n")
    #expect(lines.count == 4, "\(text.output)")
    #expect(lines[1].hasPrefix("one ") && lines[3].hasPrefix("median "))
    #expect(Set(lines.map(\.count)).count == 1)
  }

  @Test func benchWantsAFileOrASuite() throws {
    let place = try workplace()
    #expect(try place.run("bench").status == 64)
    #expect(try place.run("bench", "m.ppl", "--suite").status == 64)
    #expect(try place.run("bench", "--suite", "--examples", ".").status == 64)
    let missing = try place.run("bench", "--suite", "--examples", "nowhere")
    #expect(missing.status == 3)
    #expect(missing.errors.contains("nowhere"))
  }

  @Test func runTellsTheTimeOfTheFirstDrawIfAsked() throws {
    let place = try workplace()
    let plain = try place.run("run", "m.ppl", "--data", "d.json", "--seed", "1")
    #expect(!plain.errors.contains("first draw at"))
    let result = try place.run(
      "run",
      "m.ppl",
      "--data",
      "d.json",
      "--seed",
      "1",
      "--overwrite",
      "--report-first-draw"
    )
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("first draw at ") }
    #expect(lines.count == 1, "\(result.errors)")
  }

  @Test func versionAndHelp() throws {
    let place = try Workplace()
    #expect(try place.run("--version").output.hasPrefix("0."))
    #expect(try place.run("--help").output.contains("Exit status"))
  }
}
