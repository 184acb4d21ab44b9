/// Functions outside of the program.
extension ErrorIndex {
  static let externals: [ErrorEntry] = [
    ErrorEntry(
      "E1001",
      "the settings of an external function",
      """
      `extern` functions run by `process`, `library` or `host`, each with settings of known
      names and values.
      """,
      wrong: .init(
        """
        extern fn f(a: real) -> real = process("sh w.sh", gradient: maybe)
        a ~ Normal(0, 1)
        factor x = f(a)
        """,
        files: ["w.sh": ErrorExample.worker(answering: #""result": 1"#)],
        session: "ppl check model.ppl --allow-extern"
      ),
      mended: .init(
        """
        extern fn f(a: real) -> real = process("sh w.sh", gradient: finite_difference)
        a ~ Normal(0, 1)
        factor x = f(a)
        """,
        files: ["w.sh": ErrorExample.worker(answering: #""result": 1"#)],
        session: "ppl check model.ppl --allow-extern"
      )
    ),
    ErrorEntry(
      "E1002",
      "a worker or library that does not come up",
      """
      The command ended before it greeted, the library has no such function, or it has other
      arguments than the program says. What the worker wrote is shown.
      """,
      wrong: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("exit 3", gradient: finite_difference)
        a ~ Normal(0, 1)
        y ~ Normal(f(a), 1)
        """,
        files: ["data.json": #"{"y": 2}"#],
        session: "ppl check model.ppl --data data.json --allow-extern"
      ),
      mended: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh", gradient: finite_difference)
        a ~ Normal(0, 1)
        y ~ Normal(f(a), 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#,
        ],
        session: "ppl check model.ppl --data data.json --allow-extern"
      )
    ),
    ErrorEntry(
      "E1003",
      "a command that was not allowed",
      """
      A model from elsewhere must not run commands unasked. Look at what it would run, and
      allow it by name.
      """,
      wrong: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh", gradient: finite_difference)
        a ~ Normal(0, 1)
        y ~ Normal(f(a), 1)
        """,
        files: ["w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#]
      ),
      mended: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh", gradient: finite_difference)
        a ~ Normal(0, 1)
        y ~ Normal(f(a), 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#,
        ],
        session: "ppl check model.ppl --data data.json --allow-extern=f"
      )
    ),
    ErrorEntry(
      "E1004",
      "an external function without a gradient",
      """
      The engine needs gradients, and the function gives none. Let it give them, take
      differences, or fit with an engine that needs none.
      """,
      wrong: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh")
        a ~ Normal(0, 1)
        y ~ Normal(f(a), 1)
        infer post = nuts(seed: 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#,
        ],
        session: """
          ppl run model.ppl --data data.json --draws 20 --warmup 20 --out fit.zarr --allow-extern
          """
      ),
      mended: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh")
        a ~ Normal(0, 1)
        y ~ Normal(f(a), 1)
        infer post = slice(seed: 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#,
        ],
        session: """
          ppl run model.ppl --data data.json --draws 20 --warmup 20 --out fit.zarr --allow-extern
          """
      )
    ),
    ErrorEntry(
      "E1005",
      "an external function that fails before the fit",
      """
      Calls whose arguments are known are made once, before the fit. This one gave no value,
      and `on_nan: error` says that the run then ends.
      """,
      wrong: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh", gradient: finite_difference, on_nan: error)
        a ~ Normal(0, 1)
        y ~ Normal(a + f(2), 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": null"#), "data.json": #"{"y": 2}"#,
        ],
        session: "ppl check model.ppl --data data.json --allow-extern"
      ),
      mended: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh", gradient: finite_difference, on_nan: error)
        a ~ Normal(0, 1)
        y ~ Normal(a + f(2), 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#,
        ],
        session: "ppl check model.ppl --data data.json --allow-extern"
      )
    ),
    ErrorEntry(
      "E1006",
      "a factor in a fit by simulations",
      """
      Engines that compare simulations with data draw from the prior. A factor changes the
      density, not the draws.
      """,
      wrong: .init(
        """
        data y: real
        a ~ Normal(0, 1)
        factor pull = -a^2
        y ~ Normal(a, 1)
        infer post = abc_smc(particles: 50, rounds: 2, seed: 1)
        """,
        files: ["data.json": #"{"y": 2}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        data y: real
        a ~ Normal(0, 0.5)
        y ~ Normal(a, 1)
        infer post = abc_smc(particles: 50, rounds: 2, seed: 1)
        """,
        files: ["data.json": #"{"y": 2}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E1007",
      "a simulator without a density",
      """
      The density of an external distribution is not known: it can be drawn from only. Fit it
      with an engine that compares simulations with the data.
      """,
      wrong: .init(
        """
        data y: real
        extern dist f(a: real) -> real = process("sh w.sh")
        a ~ Normal(0, 1)
        y ~ f(a)
        infer post = nuts(seed: 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#,
        ],
        session: "ppl run model.ppl --data data.json --out fit.zarr --allow-extern"
      ),
      mended: .init(
        """
        data y: real
        extern dist f(a: real) -> real = process("sh w.sh")
        a ~ Normal(0, 1)
        y ~ f(a)
        infer post = abc_smc(particles: 50, rounds: 2, seed: 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#,
        ],
        session: "ppl run model.ppl --data data.json --out fit.zarr --allow-extern"
      )
    ),
    ErrorEntry(
      "W1001",
      "an external function that gave nothing before the fit",
      """
      A call with known arguments gave no value, and the model does without: where it is read,
      the log density is that of impossible arguments. See what the worker said.
      """,
      wrong: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh", gradient: finite_difference)
        a ~ Normal(0, 1)
        y ~ Normal(a + f(2), 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""error": "no table for this""#),
          "data.json": #"{"y": 2}"#,
        ],
        session: "ppl check model.ppl --data data.json --allow-extern"
      ),
      mended: .init(
        """
        data y: real
        extern fn f(a: real) -> real = process("sh w.sh", gradient: finite_difference)
        a ~ Normal(0, 1)
        y ~ Normal(a + f(2), 1)
        """,
        files: [
          "w.sh": ErrorExample.worker(answering: #""result": 1"#), "data.json": #"{"y": 2}"#,
        ],
        session: "ppl check model.ppl --data data.json --allow-extern"
      )
    ),
  ]
}
