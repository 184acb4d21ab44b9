import Foundation
import PPLJSON
import Testing

/// What `ppl run` gives, and where it puts it.
@Suite struct RunTests {
  private func workplace(_ script: String, _ model: String = ConjugateModel.text) throws
    -> Workplace
  {
    try Workplace(["m.ppl": model + "\n" + script, "d.json": ConjugateModel.data])
  }

  // MARK: Results as JSON

  @Test func jsonHasTheFormOfTheContract() throws {
    let place = try workplace("infer post = nuts(seed: 7)\nshow P(post.mu > 1), post.twice")
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--format", "json")
    #expect(result.status == 0)
    let report = try result.json()
    #expect(report.keys == ["schema", "model", "seed", "fits", "queries"])
    #expect(report["schema"]?.integer == 1)
    #expect(report["model"]?.string == "m.ppl")
    #expect(report["seed"]?.integer == 7)
    let fit = try #require(report["fits"]?.elements.first)
    #expect(
      fit.keys == [
        "name", "engine", "executor", "path", "parameters", "divergences", "warnings", "timing",
        "gradient_evaluations",
      ]
    )
    #expect(fit["name"]?.string == "post")
    #expect(fit["engine"]?.string == "nuts")
    #expect(fit["path"]?.string == "m.fit.zarr")
    #expect(fit["divergences"]?.integer == 0)
    #expect((fit["gradient_evaluations"]?.integer ?? 0) > 8000)
    #expect(fit["timing"]?.keys == ["compile_s", "warmup_s", "sampling_s", "total_s"])
    let figures = ["mean", "sd", "mcse", "q5", "median", "q95", "ess_bulk", "ess_tail", "rhat"]
    for name in ["mu", "twice"] {
      #expect(fit["parameters"]?[name]?.keys == figures)
      for figure in figures { #expect(fit["parameters"]?[name]?[figure]?.real != nil) }
    }
    let queries = try #require(report["queries"]?.elements)
    #expect(queries.map { $0["text"]?.string } == ["P(post.mu > 1)", "post.twice"])
    // Normal(1.2, 1/√5): P(mu > 1) = 0.6726; 4 errors of a share at 1000 effective draws.
    #expect(abs((queries[0]["value"]?.real ?? 0) - 0.6726) < 0.06)
  }

  @Test func warningsHaveTheirFigures() throws {
    let place = try Workplace()
    let folder = Workplace.repository("Examples/eight_schools_centered")
    let result = try place.run(
      "run",
      folder + "/model.ppl",
      "--data",
      folder + "/data.csv",
      "--format",
      "json"
    )
    #expect(result.status == 1)
    let fit = try #require(result.json()["fits"]?.elements.first)
    let warnings = try #require(fit["warnings"]?.elements)
    for warning in warnings {
      #expect(warning.keys == ["code", "message", "span", "count", "of"])
    }
    let divergences = try #require(warnings.first { $0["code"]?.string == "divergences" })
    #expect(divergences["count"]?.integer == fit["divergences"]?.integer)
    #expect(divergences["of"]?.integer == 4000)
    #expect(fit["parameters"]?["theta[\"A\"]"] != nil)
  }

  // MARK: Seeds

  private func draws(_ arguments: String..., launcher: [String] = []) throws -> [[Double]] {
    let place = try workplace(
      "infer post = nuts(draws: 200, warmup: 200)",
      ConjugateModel.text + "\nnext ~ Normal(mu, 1)"
    )
    let all = ["run", "m.ppl", "--data", "d.json", "--out", "f.zarr"] + arguments
    let result = try place.finish(place.start(all, launcher: launcher))
    #expect(result.status <= 1, "\(result.errors)")
    let draws = try Draws(place.path + "/f.zarr")
    return try draws.counts.indices.map {
      try draws.values("mu", chain: $0) + draws.values("next", chain: $0)
    }
  }

  @Test func aSeedGivesTheSameDraws() throws {
    let first = try draws("--seed", "3")
    #expect(try draws("--seed", "3") == first)
    #expect(try draws("--seed", "4") != first)
    #expect(Set(first).count == 4)
  }

  @Test func drawsDoNotDependOnThreadsOrChains() throws {
    let all = try draws("--seed", "3")
    #expect(try draws("--seed", "3", launcher: ["/usr/bin/taskset", "-c", "0"]) == all)
    #expect(try draws("--seed", "3", "--chains", "1") == [all[0]])
    #expect(try draws("--seed", "3", "--chains", "7").prefix(4) == all[...])
  }

  /// Sets have another order in each process; parameters, streams and draws have not.
  @Test func aSeedGivesTheSameFitByAGuideInEachProcess() throws {
    let place = try Workplace()
    try place.write(
      """
      dim obs = 30
      data x[i: obs] = sin(i)
      data y[i: obs] = sin(3 * i)
      net e(x: real) -> real[2] = [x] |> Dense(3, tanh) |> Dense(2)
      a, b, c ~ Normal(0, 1)
      z[obs] ~ Normal(0, 1)
      y[i: obs] ~ Normal(a + b * z[i] + c * x[i], 1)
      guide g {
        z[i: obs] ~ Normal(e(y[i])[1] + a + b - c, exp(e(y[i])[2]))
      }
      infer fit = svi(batch: (obs: 10), guide: g, steps: 3, seed: 1)
      predict again = y given fit
      show E(fit.a), E(fit.b), E(fit.c), E(fit.e.dense_1.weight), E(again[1])
      """,
      to: "m.ppl"
    )
    let outputs = try (0..<6).map { number in
      let result = try place.run("run", "m.ppl", "--out", "\(number).zarr")
      return result.output.split(separator: "\n").filter { $0.hasPrefix("E(") }
    }
    #expect(outputs[0].count == 5)
    #expect(outputs.allSatisfy { $0 == outputs[0] })
  }

  @Test func aDrawnSeedIsPrintedAndRepeatsTheRun() throws {
    let place = try workplace("infer post = nuts(draws: 100)\nshow E(post.mu)")
    let first = try place.run("run", "m.ppl", "--data", "d.json", "--out", "a.zarr")
    let words = first.errors.split(whereSeparator: { " \n()".contains($0) }).map(String.init)
    let position = try #require(words.firstIndex(of: "--seed"), "\(first.errors)")
    let seed = words[position + 1]
    let second = try place.run(
      "run",
      "m.ppl",
      "--data",
      "d.json",
      "--out",
      "b.zarr",
      "--seed",
      seed
    )
    #expect(first.output == second.output)
    #expect(!second.errors.contains("--seed"))
  }

  // MARK: Places

  @Test func aFitIsReplacedOnlyWhenAsked() throws {
    let place = try workplace("infer post = nuts(draws: 50)")
    func run(_ seed: String, _ more: String...) throws -> Int32 {
      let all = ["run", "m.ppl", "--data", "d.json", "--seed", seed, "--out", "f.zarr"] + more
      return try place.finish(place.start(all)).status
    }
    #expect(try run("1") <= 1)
    let kept = try Draws(place.path + "/f.zarr").values("mu")
    #expect(try run("2") == 4)
    #expect(try Draws(place.path + "/f.zarr").values("mu") == kept)
    #expect(try run("2", "--overwrite") <= 1)
    #expect(try Draws(place.path + "/f.zarr").values("mu") != kept)
    // What is no fit is never replaced.
    try FileManager.default.removeItem(atPath: place.path + "/f.zarr")
    try place.write("mine", to: "f.zarr")
    #expect(try run("1", "--overwrite") == 4)
    #expect(try String(contentsOfFile: place.path + "/f.zarr", encoding: .utf8) == "mine")
  }

  /// A fit that was moved or copied goes on where it is.
  @Test func aFitGoesOnWhereItIs() throws {
    let place = try workplace("infer post = nuts(draws: 50, chains: 2, seed: 1)")
    #expect(try place.run("run", "m.ppl", "--data", "d.json", "--out", "f.zarr").status <= 1)
    func path(_ name: String) -> String { place.path + "/" + name }
    func count(_ name: String) throws -> Int {
      try Draws(path(name)).values("mu").count
    }
    try FileManager.default.copyItem(atPath: path("f.zarr"), toPath: path("copy.zarr"))
    #expect(try place.run("run", "--resume", "copy.zarr", "--more", "10").status <= 1)
    #expect(try count("f.zarr") == 100)
    #expect(try count("copy.zarr") == 120)
    try FileManager.default.moveItem(atPath: path("f.zarr"), toPath: path("moved.zarr"))
    #expect(try place.run("run", "--resume", "moved.zarr/", "--more", "10").status <= 1)
    #expect(!place.exists("f.zarr"))
    #expect(try count("moved.zarr") == 120)
  }

  /// One of several fits stands for all of them.
  @Test func severalFitsThatWereMovedGoOn() throws {
    let place = try workplace(
      "infer a = nuts(draws: 50, chains: 2, seed: 1)\ninfer b = nuts(draws: 50, chains: 2, seed: 2)"
    )
    #expect(try place.run("run", "m.ppl", "--data", "d.json", "--out", "f.zarr").status <= 1)
    try FileManager.default.moveItem(atPath: place.path + "/f.zarr", toPath: place.path + "/g.zarr")
    #expect(try place.run("run", "--resume", "g.zarr/b.zarr", "--more", "10").status <= 1)
    #expect(!place.exists("f.zarr"))
    for name in ["a", "b"] {
      #expect(try Draws(place.path + "/g.zarr/\(name).zarr").values("mu").count == 120)
    }
  }

  /// A program may come to have several fits where it had one, or the other way round: neither takes the other's place.
  @Test func aFolderOfFitsAndAFitAreKeptApart() throws {
    let one = "infer a = prior(draws: 20, seed: 1)"
    let place = try workplace(one)
    func run(_ script: String, _ path: String, _ more: String...) throws -> CommandResult {
      try place.write(ConjugateModel.text + "\n" + script, to: "m.ppl")
      let all = ["run", "m.ppl", "--data", "d.json", "--out", path] + more
      return try place.finish(place.start(all))
    }
    func names(_ path: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: place.path + "/" + path).sorted()
    }
    let several = one + "\ninfer b = prior(draws: 30, seed: 2)"
    #expect(try run(one, "one.zarr").status == 0)
    #expect(try run(several, "two.zarr").status == 0)
    let kept = try names("one.zarr")
    let first = try run(several, "one.zarr", "--overwrite")
    #expect(first.status == 4)
    #expect(first.errors.contains("one.zarr is a fit, and this program makes several"))
    let second = try run(one, "two.zarr", "--overwrite")
    #expect(second.status == 4)
    #expect(second.errors.contains("two.zarr is a folder of several fits"))
    #expect(try names("one.zarr") == kept)
    #expect(try names("two.zarr") == ["a.zarr", "b.zarr"])
    #expect(try run(several, "two.zarr", "--overwrite").status == 0)
  }

  @Test func severalFitsGoIntoOneFolder() throws {
    let place = try workplace(
      "infer a = nuts(seed: 1, draws: 100)\ninfer b = nuts(seed: 2, draws: 150)\nshow E(a.mu) - E(b.mu)"
    )
    let result = try place.run(
      "run",
      "m.ppl",
      "--data",
      "d.json",
      "--out",
      "all",
      "--format",
      "json"
    )
    let fits = try #require(result.json()["fits"]?.elements)
    #expect(fits.map { $0["path"]?.string } == ["all/a.zarr", "all/b.zarr"])
    #expect(try Draws(place.path + "/all/a.zarr").counts == [100, 100, 100, 100])
    #expect(try Draws(place.path + "/all/b.zarr").counts == [150, 150, 150, 150])
    let means = fits.compactMap { $0["parameters"]?["mu"]?["mean"]?.real }
    let difference = try #require(result.json()["queries"]?.elements.first?["value"]?.real)
    #expect(abs(difference - (means[0] - means[1])) < 1e-12)
  }

  @Test func saveCopiesAFitBesideTheProgram() throws {
    let place = try Workplace(["d.json": ConjugateModel.data])
    try FileManager.default.createDirectory(
      atPath: place.path + "/models",
      withIntermediateDirectories: true
    )
    try place.write(
      ConjugateModel.text + "\ninfer p = nuts(seed: 1, draws: 100)\nsave p to \"kept.zarr\"",
      to: "models/m.ppl"
    )
    let first = try place.run("run", "models/m.ppl", "--data", "d.json")
    #expect(first.status <= 1, "\(first.errors)")
    #expect(first.errors.contains("models/kept.zarr"))
    let copy = try Draws(place.path + "/models/kept.zarr")
    let original = try Draws(place.path + "/m.fit.zarr")
    #expect(copy.names == original.names)
    #expect(try copy.values("mu") == original.values("mu"))
    let second = try place.run("run", "models/m.ppl", "--data", "d.json", "--out", "other.zarr")
    #expect(second.status == 4)
    #expect(second.errors.contains("--overwrite"))
  }

  // MARK: Settings

  @Test func optionsOverrideTheFile() throws {
    let place = try workplace("infer post = nuts(chains: 2, draws: 60, warmup: 100, seed: 5)")
    func counts(_ more: String...) throws -> [Int] {
      let all = ["run", "m.ppl", "--data", "d.json", "--out", "f.zarr", "--overwrite"] + more
      let result = try place.finish(place.start(all))
      #expect(result.status <= 1, "\(result.errors)")
      return try Draws(place.path + "/f.zarr").counts
    }
    #expect(try counts() == [60, 60])
    let own = try Draws(place.path + "/f.zarr").values("mu")
    #expect(try counts("--chains", "3", "--draws", "40") == [40, 40, 40])
    #expect(try counts("--seed", "6") == [60, 60])
    #expect(try Draws(place.path + "/f.zarr").values("mu") != own)
    #expect(try counts("--warmup", "101") == [60, 60])
    #expect(try Draws(place.path + "/f.zarr").values("mu") != own)
    #expect(try counts("--adapt", "stan") == [60, 60])
    #expect(try Draws(place.path + "/f.zarr").values("mu") != own)
    #expect(try counts("--seed", "5") == [60, 60])
    #expect(try Draws(place.path + "/f.zarr").values("mu") == own)
  }

  @Test func aFileWithoutInferIsFitted() throws {
    let place = try workplace("")
    let result = try place.run("run", "m.ppl", "--data", "d.json", "--format", "json")
    #expect(result.status == 0, "\(result.errors)")
    #expect(try result.json()["fits"]?.elements.first?["name"]?.string == "fit")
  }
}
