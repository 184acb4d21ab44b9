/// Uses of data, checkpoints, and what is only warned of.
extension ErrorIndex {
  static let uses: [ErrorEntry] = [
    ErrorEntry(
      "E0810",
      "data computed from missing cells",
      """
      Computed data are numbers, and missing cells are latents. Compute from the cells that
      are there, by `known`, or write a definition without `data`, which may depend on
      latents.
      """,
      besides: ["W0802"],
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        data m = mean(y)
        mu ~ Normal(m, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
        files: ["data.json": #"{"y": [1, null, 3]}"#]
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        data m = mean(known(y))
        mu ~ Normal(m, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
        files: ["data.json": #"{"y": [1, null, 3]}"#]
      )
    ),
    ErrorEntry(
      "E0811",
      "new data that lack what a prediction reads",
      """
      A prediction from other data reads all inputs of what it predicts. What is predicted
      itself may be absent.
      """,
      wrong: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        """,
        files: ["new.json": #"{"y": [1, 2, 3]}"#, "data.json": #"{"x": [1, 2], "y": [1, 2]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        """,
        files: ["new.json": #"{"x": [1, 2, 3]}"#, "data.json": #"{"x": [1, 2], "y": [1, 2]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0812",
      "times that a system does not reach",
      """
      The solution of a differential equation is known from its start on. Times lie at or
      behind it, and are finite.
      """,
      wrong: .init(
        """
        dim time
        data ts[time], y[time]: real
        k ~ LogNormal(0, 1)
        ode t from 1 at ts[time] {
          x' = -k * x
          x(1) = 1
        }
        y[i: time] ~ Normal(x[i], 1)
        """,
        files: ["data.json": #"{"ts": [0.5, 2], "y": [1, 2]}"#]
      ),
      mended: .init(
        """
        dim time
        data ts[time], y[time]: real
        k ~ LogNormal(0, 1)
        ode t from 1 at ts[time] {
          x' = -k * x
          x(1) = 1
        }
        y[i: time] ~ Normal(x[i], 1)
        """,
        files: ["data.json": #"{"ts": [1.5, 2], "y": [1, 2]}"#]
      )
    ),
    ErrorEntry(
      "E0813",
      "a checkpoint that is damaged",
      """
      A fit by steps goes on from its checkpoint, and this file is cut short or changed. The
      fit itself can be run again.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(steps: 20, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          echo damaged > fit.zarr/checkpoint.safetensors
          ppl run --resume fit.zarr
          """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(steps: 20, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl run --resume fit.zarr
          """
      )
    ),
    ErrorEntry(
      "E0814",
      "a checkpoint of another fit",
      """
      Program, data and settings are the same when a fit goes on. Anything else would be
      neither the old fit nor a new one.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(steps: 20, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          echo '{"y": [1, 2, 4]}' > data.json
          ppl run --resume fit.zarr
          """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(steps: 20, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          echo '{"y": [1, 2, 4]}' > data.json
          ppl run model.ppl --data data.json --out fit.zarr --overwrite
          """
      )
    ),
    ErrorEntry(
      "E0815",
      "no checkpoint to go on from",
      """
      At the path there is no record of a run: no fit was begun there, or one of an earlier
      version, or it was stopped before it had begun. Nothing is lost then; run the program.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(steps: 20, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          mkdir fit.zarr
          ppl run --resume fit.zarr
          """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(steps: 20, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl run --resume fit.zarr
          """
      )
    ),
    ErrorEntry(
      "E0816",
      "a checkpoint of another version",
      """
      What a checkpoint holds belongs to the version of the program that wrote it. Resume the
      fit with that version, or run it again.
      """,
      unshown: "its example would need two versions of the program"
    ),
    ErrorEntry(
      "E0817",
      "data too large to be held as a whole",
      """
      Large files are read row by row by fits with `batch`, if each statement reads its own
      row. This one wants the whole array at once, and it has more elements than are held.
      """,
      unshown: "its example would need a file of many gigabytes"
    ),
    ErrorEntry(
      "W0801",
      "data that nothing reads",
      """
      A key of a data file belongs to no declaration. It may be a comment, or a misspelt name.
      The fit is not affected.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
        files: ["data.json": #"{"y": [1, 2], "sourec": 3}"#]
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
        files: ["data.json": #"{"y": [1, 2]}"#]
      )
    ),
    ErrorEntry(
      "W0802",
      "missing cells that are imputed",
      """
      Cells of the data are missing, and become latents with the distribution that their
      column has in the model. It is said so that a code of missing values does not go unseen.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
        files: ["data.json": #"{"y": [1, null, 2]}"#]
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
        files: ["data.json": #"{"y": [1, 2]}"#]
      )
    ),
  ]
}
