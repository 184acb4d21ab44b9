import Foundation
import PPL
import PPLJSON
import TestSupport
import Testing

private let hasArviZ =
  (try? runPython("import arviz, sys; sys.exit(not hasattr(arviz, 'from_zarr'))", []))?.0 ?? false

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
