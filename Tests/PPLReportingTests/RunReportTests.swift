import PPLJSON
import PPLPosteriorAnalysis
import PPLReporting
import Testing

@Suite struct RunReportTests {
  @Test func theObjectHasTheFormOfTheContract() throws {
    let found = DiagnosticReport(
      quantities: [("mu", summary(1, 1, mcse: 0.1, rhat: 1.5))],
      sampler: nil,
      chainCount: 4
    )
    let report = RunReport(
      model: "schools",
      seed: .max,
      fits: [
        FitReport(
          name: "post",
          engine: "nuts",
          executor: "native",
          path: "schools.fit.zarr",
          parameters: [
            ReportedArray(
              name: "theta",
              axes: [.strings(["A"])],
              summaries: [summary(0.5, 0.25, mcse: 0.125, rhat: .nan, ess: 4)]
            )
          ],
          divergences: 2,
          warnings: [
            FitReport.PlacedWarning(
              try #require(found.warnings.first),
              span: ["line": 3, "column": 1]
            )
          ],
          timing: FitReport.Timing(compile: 0.5, warmup: 1, sampling: 2, total: 3.5),
          gradientEvaluations: 12345
        )
      ],
      queries: [QueryAnswer(text: "P(post.theta[1] > 0)", value: 0.75)]
    )
    #expect(
      report.json.text(.indented) == """
        {
            "schema": 1,
            "model": "schools",
            "seed": 18446744073709551615,
            "fits": [{"name": "post", "engine": "nuts", "executor": "native", \
        "path": "schools.fit.zarr", \
        "parameters": {"theta[\\"A\\"]": {"mean": 0.5, "sd": 0.25, "mcse": 0.125, "q5": 0.08875, \
        "median": 0.5, "q95": 0.91125, "ess_bulk": 4.0, "ess_tail": 2.0, "rhat": null}}, \
        "divergences": 2, "warnings": [{"code": "rhat", "message": \
        "R-hat is above 1.01 for 1 of 1 quantity; the highest is 1.500 of mu", \
        "span": {"line": 3, "column": 1}, "count": 1, "of": 1}], "timing": {"compile_s": 0.5, \
        "warmup_s": 1.0, "sampling_s": 2.0, "total_s": 3.5}, "gradient_evaluations": 12345}],
            "queries": [{"text": "P(post.theta[1] > 0)", "value": 0.75}]
        }
        """
    )
  }
}
