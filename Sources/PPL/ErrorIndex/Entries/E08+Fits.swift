/// Stored fits: what is read of them, made of them, or begun with them.
extension ErrorIndex {
  static let storedFits: [ErrorEntry] = [
    ErrorEntry(
      "E0820",
      "no fit there, or a damaged one",
      """
      A fit is a directory that `ppl run` made. What is at the path is none, or files of it are
      missing or changed.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl report fit.zar
          """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl report fit.zarr
          """
      )
    ),
    ErrorEntry(
      "E0821",
      "nothing to export",
      """
      The fit has no draws of quantities: a fit by steps of quantities without prior keeps their
      values in `fitted.safetensors`, which other programs read as it is.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        param mu: real = 0
        y[i: obs] ~ Normal(mu, 1)
        infer post = train(steps: 20, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl export fit.zarr --to csv
          """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl export fit.zarr --to csv
          """
      )
    ),
    ErrorEntry(
      "E0822",
      "a file cannot be written",
      """
      Something is at the path already, or the place cannot be written. Nothing that is there is
      replaced unless --overwrite says so.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl report fit.zarr --out page.html
          ppl report fit.zarr --out page.html
          """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl report fit.zarr --out page.html
          ppl report fit.zarr --out page.html --overwrite
          """
      )
    ),
    ErrorEntry(
      "E0823",
      "fits that cannot be compared",
      """
      Predictive accuracy is compared observation by observation: two or more fits are wanted, of
      the same observed data, with their log likelihoods, which draws from the posterior have.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = prior(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl run model.ppl --data data.json --out other.zarr
          ppl compare fit.zarr other.zarr
          """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl run model.ppl --data data.json --out other.zarr
          ppl compare fit.zarr other.zarr
          """
      )
    ),
    ErrorEntry(
      "E0824",
      "nothing to begin with",
      """
      With --from, chains begin where those of another fit ended, as far as parameters have the
      same names and sizes. That fit has no chains, or no parameter of this model.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --from fit.zarr --out new.zarr
          """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 500, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: """
          ppl run model.ppl --data data.json --out fit.zarr
          ppl run model.ppl --data data.json --from fit.zarr --out new.zarr
          """
      )
    ),
  ]
}
