import Foundation
import PPLStorage
import TestSupport
import Testing

private let hasArviZ =
  (try? runPython("import arviz, sys; sys.exit(not hasattr(arviz, 'from_zarr'))", []))?.0 ?? false

@Suite struct ArviZTests {
  private let fixture = FitFixture()

  private let program = """
    import sys, numpy as np, arviz as az
    idata = az.from_zarr(sys.argv[1])
    for group in idata.groups():
        data = idata[group]
        print(group, dict(data.sizes))
        for name in sorted(data.data_vars):
            array = data[name]
            print(name, array.dims, array.dtype, np.round(array.values.astype(float).sum(), 6),
                  array.values.ravel()[:4].tolist())
        for name in sorted(data.coords):
            print(name, data[name].dtype, data[name].values.tolist())
    print(idata.posterior.attrs["inference_library"], idata.posterior.attrs["seed"],
          idata.posterior.attrs["draws_per_chain"])
    print(az.summary(idata, var_names=["mu", "theta"]).index.tolist())
    """

  @Test(.enabled(if: hasArviZ, "\(python) has no ArviZ with from_zarr; set PPL_PYTHON"))
  func arviZOpensAFit() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/a.zarr"
    let writer = try FitWriter(path: path, schema: fixture.schema)
    for chain in 0..<2 {
      let recorder = writer.makeRecorder(chain: chain)
      for draw in 0..<7 - chain { try recorder.append(fixture.row(chain: chain, draw: draw)) }
      try recorder.finish()
    }
    _ = try writer.finish()
    let (isGood, output) = try runPython(program, [path])
    #expect(isGood, "\(output)")

    func line(_ name: String, _ dims: String, _ type: String, _ range: Range<Int>) -> String {
      let values = fixture.values(range, draws: 6)
      let first = values.prefix(4).map { value in
        switch type {
        case "int64": "\(Int(value))"
        case "bool": value == 0 ? "False" : "True"
        default: "\(value)"
        }
      }
      return "\(name) (\(dims)) \(type) \(values.reduce(0, +)) [\(first.joined(separator: ", "))]"
    }
    let draws = "'chain', 'draw'"
    let expected = [
      "posterior {'chain': 2, 'draw': 6, 'year': 2, 'year_2': 2, 'none': 0, 'draw_': 1, 'school': 3}",
      line("R", draws + ", 'year', 'year_2'", "float64", 4..<8),
      line("mu", draws, "float64", 0..<1),
      "nothing (\(draws), 'none') float64 0.0 []",
      line("odd", draws + ", 'draw_'", "float64", 14..<15),
      line("theta", draws + ", 'school'", "float64", 1..<4),
      line("z", draws + ", 'school', 'year'", "int64", 8..<14),
      "chain int64 [0, 1]",
      "draw int64 [0, 1, 2, 3, 4, 5]",
      "draw_ int64 [1]",
      "none <U1 []",
      "school <U6 ['Ä', 'Choate', '']",
      "year int64 [1990, -2]",
      "year_2 int64 [1990, -2]",
      "sample_stats {'chain': 2, 'draw': 6}",
      line("diverging", draws, "bool", 16..<17),
      line("lp", draws, "float64", 15..<16),
      line("tree_depth", draws, "int64", 17..<18),
      "chain int64 [0, 1]",
      "draw int64 [0, 1, 2, 3, 4, 5]",
      "observed_data {'school': 3}",
      "J () int64 3.0 [3]",
      "y ('school',) float64 nan [28.0, nan, -3.0]",
      "school <U6 ['Ä', 'Choate', '']",
      "ppl 1 [7, 6]",
      "['mu', 'theta[Ä]', 'theta[Choate]', 'theta']",
    ]
    let lines = output.split(separator: "\n").map(String.init)
    #expect(lines.count == expected.count)
    for (found, wanted) in zip(lines, expected) {
      if wanted.hasPrefix("posterior {") {
        // The order of the sizes is the library's.
        #expect(found.split(separator: " ").count == wanted.split(separator: " ").count)
      } else {
        #expect(found == wanted)
      }
    }
  }
}
