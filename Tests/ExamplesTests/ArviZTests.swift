import Foundation
import PPL
import PPLJSON
import PPLPosteriorAnalysis
import TestSupport
import Testing

private let hasArviZ =
  (try? runPython("import arviz, sys; sys.exit(not hasattr(arviz, 'from_zarr'))", []))?.0 ?? false

private let hasCmdStanPy = (try? runPython("import arviz, cmdstanpy", []))?.0 ?? false

/// Fits as ArviZ reads them: names, labels, and the figures of the summary.
@Suite struct ArviZTests {
  /// Prints every element's figures under its name with ArviZ's own labels.
  private let program = """
    import sys, json, itertools, numpy as np, arviz as az
    idata = az.from_zarr(sys.argv[1])
    posterior = idata.posterior
    rhat, ess, mcse = az.rhat(posterior), az.ess(posterior, method="bulk"), az.mcse(posterior)
    elements, dims = {}, {}
    for name, array in posterior.data_vars.items():
        dims[name] = list(array.dims[2:])
        labels = [array[d].values.tolist() for d in dims[name]]
        mean, sd = array.mean(("chain", "draw")), array.std(("chain", "draw"), ddof=1)
        columns = [np.ravel(c) for c in (mean, sd, mcse[name], ess[name], rhat[name])]
        for i, index in enumerate(itertools.product(*labels)):
            key = name + ("[" + ",".join(map(json.dumps, index)) + "]" if index else "")
            elements[key] = [float(c[i]) for c in columns]
    print(json.dumps({
        "elements": elements, "dims": dims, "statistics": sorted(idata.sample_stats.data_vars),
        "divergences": int(idata.sample_stats["diverging"].sum()),
        "observed": {n: list(a.dims) for n, a in idata.observed_data.data_vars.items()},
        "sizes": [posterior.sizes["chain"], posterior.sizes["draw"]]}))
    """

  /// Leave-one-out cross-validation of the log likelihoods that the fit holds.
  @Test(.enabled(if: hasArviZ, "\(python) has no ArviZ with from_zarr; set PPL_PYTHON"))
  func leaveOneOutAgreesWithArviZ() async throws {
    let example = try #require(Example.all.first { $0.name == "kidscore_interaction" })
    let text = try String(contentsOfFile: #require(example.path("model.ppl")), encoding: .utf8)
    let program = Program(
      name: "model.ppl",
      text: text.replacing("show post", with: "show loo(post), waic(post)")
    )
    let data = DataSet(paths: [try #require(example.path("data.json"))])
    let directory = try TemporaryDirectory()
    var options = RunOptions()
    options.path = directory.path + "/fit.zarr"
    options.sampler.draws = 500
    let outcome = try await program.compile(data).model.run(options) { _ in }
    let (isGood, output) = try runPython(
      """
      import sys, json, arviz as az
      idata = az.from_zarr(sys.argv[1])
      loo, waic = az.loo(idata), az.waic(idata)
      print(json.dumps([loo.elpd_loo, loo.se, loo.p_loo, waic.elpd_waic, waic.se, waic.p_waic]))
      """,
      [directory.path + "/fit.zarr"]
    )
    try #require(isGood, "\(output)")
    let report = try JSONDocument([UInt8](outcome.json.utf8)).root
    guard case .numbers(let expected) = try JSONDocument([UInt8](output.utf8)).root.kind,
      case .array(let queries)? = report["queries"]?.kind
    else {
      Issue.record("no figures")
      return
    }
    var found: [Double] = []
    for query in queries {
      for key in ["elpd", "se", "p"] {
        found.append(try #require(query["value"]?[key]?.real))
      }
    }
    try #require(found.count == expected.values.count)
    for (own, figure) in zip(found, expected.values) {
      #expect(abs(own - figure) <= 1e-6 * max(1, abs(figure)))
    }
  }

  /// Weights and differences of three models of one data set, against ArviZ's comparison.
  ///
  /// Its optimiser of the weights stops at 1e-6 of the log score. Its bootstrap has 1000 replicates and ours 10,000: a weight of the former
  /// has a standard error below 0.016, half the range over the root of their number.
  @Test(.enabled(if: hasArviZ, "\(python) has no ArviZ with from_zarr; set PPL_PYTHON"))
  func comparisonsAgreeWithArviZ() async throws {
    let example = try #require(Example.all.first { $0.name == "kidscore_interaction" })
    let text = try String(contentsOfFile: #require(example.path("model.ppl")), encoding: .utf8)
    let data = DataSet(paths: [try #require(example.path("data.json"))])
    let directory = try TemporaryDirectory()
    var paths: [String] = []
    let changes = [
      ("first", "", ""), ("heavy", "~ Normal(\n  beta[1]", "~ StudentT(8, beta[1]"),
      ("square", "beta[2] * mom_hs[k]", "beta[2] * mom_iq[k]^2 / 100"),
    ]
    for (name, old, new) in changes {
      let changed = old.isEmpty ? text : text.replacing(old, with: new)
      #expect(old.isEmpty || changed != text)
      var options = RunOptions()
      options.path = directory.path + "/\(name).zarr"
      options.sampler.draws = 500
      _ = try await Program(name: "\(name).ppl", text: changed).compile(data).model.run(options) {
        _ in
      }
      paths.append(directory.path + "/\(name).zarr")
    }
    let (isGood, output) = try runPython(
      """
      import sys, json, arviz as az
      fits = {str(i): az.from_zarr(p) for i, p in enumerate(sys.argv[1:])}
      stack = az.compare(fits, method="stacking").sort_index()
      boot = az.compare(fits, method="BB-pseudo-BMA", seed=1).sort_index()
      names = ["elpd_loo", "se", "p_loo", "elpd_diff", "dse", "weight"]
      print(json.dumps([[float(r[n]) for n in names] + [float(b)] for (_, r), b in zip(stack.iterrows(), boot["weight"])]))
      """,
      paths
    )
    try #require(isGood, "\(output)")
    let comparison = try FitComparison(try paths.map { try StoredFit(path: $0) })
    guard case .numbers(let rows) = try JSONDocument([UInt8](output.utf8)).root.kind,
      rows.shape == [3, 7]
    else {
      Issue.record("no figures: \(output)")
      return
    }
    for (number, path) in paths.enumerated() {
      let entry = try #require(comparison.entries.first { $0.path == path })
      let expected = Array(rows.values[(7 * number)..<(7 * number + 7)])
      let own = [
        entry.loo.elpd, entry.loo.standardError, entry.loo.parameterCount, entry.difference,
        entry.differenceError,
      ]
      for (a, b) in zip(own, expected) { #expect(abs(a - b) <= 1e-6 * max(1, abs(b))) }
      #expect(abs(entry.stackingWeight - expected[5]) < 1e-3)
      #expect(abs(entry.pseudoAverageWeight - expected[6]) < 0.05)
    }
  }

  /// Exports as ArviZ and CmdStanPy read the files of CmdStan, and the draws of both against the fit's own.
  @Test(
    .enabled(if: hasCmdStanPy, "\(python) has no ArviZ with CmdStanPy; set PPL_PYTHON"),
    arguments: [
      ("eight_schools_centered", "nuts(chains: 3, draws: 200, centering: written, seed: 1)"),
      ("gp_regr", "nuts(chains: 2, draws: 100, seed: 1)"),
      ("gp_regr", "slice(chains: 2, draws: 50, seed: 1)"),
    ]
  )
  func exportsOpenInTheReadersOfStan(_ name: String, _ engine: String) async throws {
    let example = try #require(Example.all.first { $0.name == name })
    let text = try String(contentsOfFile: #require(example.path("model.ppl")), encoding: .utf8)
    let changed = text.split(separator: "\n", omittingEmptySubsequences: false)
      .map { $0.hasPrefix("infer ") ? "infer post = \(engine)" : String($0) }.joined(
        separator: "\n"
      )
    let directory = try TemporaryDirectory()
    var options = RunOptions()
    options.path = directory.path + "/fit.zarr"
    let data = try #require(example.path("data.json") ?? example.path("data.csv"))
    _ = try await Program(name: "model.ppl", text: changed).compile(DataSet(paths: [data])).model
      .run(options) { _ in }
    let fit = try StoredFit(path: directory.path + "/fit.zarr")
    let files = try fit.export(.stanCSV, to: directory.path + "/s", replacing: false)
    let (isGood, output) = try runPython(
      """
      import sys, logging, numpy as np, arviz as az, cmdstanpy
      logging.getLogger("cmdstanpy").setLevel("ERROR")
      own, files = az.from_zarr(sys.argv[1]), sys.argv[2:]
      read, fit = az.from_cmdstan(files), cmdstanpy.from_csv(files)
      assert set(read.posterior.data_vars) == set(own.posterior.data_vars), read.posterior.data_vars
      for name, array in own.posterior.data_vars.items():
          assert (read.posterior[name].values == array.values).all(), name
          stan = fit.stan_variable(name).reshape(array.shape)
          assert (stan == array.values).all(), name
      if "diverging" in own.sample_stats:
          assert (read.sample_stats.diverging.values == own.sample_stats.diverging.values).all()
          assert (fit.divergences == own.sample_stats.diverging.values.sum(1)).all()
          assert (read.sample_stats.energy.values == own.sample_stats.energy.values).all()
      """,
      [fit.path] + files
    )
    #expect(isGood, "\(output)")
  }

  /// The figures agree to rounding: ours sum in another order and use another Fourier transform.
  @Test(
    .enabled(if: hasArviZ, "\(python) has no ArviZ with from_zarr; set PPL_PYTHON"),
    arguments: [
      ("eight_schools_centered", ["theta": ["school"]], ["y": ["school"]]),
      ("gp_regr", ["K": ["obs", "obs_2"]], ["y": ["obs"]]),
      ("radon_mn_varying", ["alpha": ["county"]], ["log_radon": ["house"]]),
    ]
  )
  func figuresAgreeWithArviZ(
    _ name: String,
    _ dims: [String: [String]],
    _ observed: [String: [String]]
  ) async throws {
    let example = try #require(Example.all.first { $0.name == name })
    let directory = try TemporaryDirectory()
    var options = RunOptions()
    options.path = directory.path + "/fit.zarr"
    options.sampler.chains = 3
    options.sampler.draws = 500
    let outcome = try await example.model().run(options) { _ in }
    let (isGood, output) = try runPython(program, [directory.path + "/fit.zarr"])
    try #require(isGood, "\(output)")
    let read = try JSONDocument([UInt8](output.utf8)).root
    let report = try JSONDocument([UInt8](outcome.json.utf8)).root
    guard case .array(let fits)? = report["fits"]?.kind, let fit = fits.first,
      case .object(let parameters)? = fit["parameters"]?.kind,
      case .object(let elements)? = read["elements"]?.kind
    else {
      Issue.record("the report has no fit, or the reader no element")
      return
    }
    #expect(Set(parameters.map(\.name)) == Set(elements.map(\.name)))
    for parameter in parameters {
      guard case .numbers(let figures)? = read["elements"]?[parameter.name]?.kind else {
        Issue.record("\(parameter.name) has no figures")
        continue
      }
      let sd = try #require(parameter.value["sd"]?.real)
      for (figure, (key, scale)) in zip(
        figures.values,
        [("mean", sd), ("sd", sd), ("mcse", sd), ("ess_bulk", 1500), ("rhat", 1)]
      ) {
        let own = try #require(parameter.value[key]?.real)
        #expect(abs(own - figure) <= 1e-8 * scale, "\(key) of \(parameter.name)")
      }
    }
    for (variable, axes) in dims { #expect(read["dims"]?[variable]?.strings == axes) }
    for (variable, axes) in observed { #expect(read["observed"]?[variable]?.strings == axes) }
    #expect(read["sizes"]?.integers == [3, 500])
    #expect(read["divergences"]?.integer == fit["divergences"]?.integer)
    let statistics = Set(read["statistics"]?.strings ?? [])
    #expect(statistics.isSuperset(of: ["lp", "diverging", "energy", "tree_depth", "n_steps"]))
  }
}
