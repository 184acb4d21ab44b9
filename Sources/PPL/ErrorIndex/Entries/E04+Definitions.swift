/// Definitions, and discrete latents that are summed out.
extension ErrorIndex {
  static let definitions: [ErrorEntry] = [
    ErrorEntry(
      "E0401",
      "a quantity that is defined twice",
      """
      Each element of a quantity has one equation. Two would either say the same or contradict
      each other; to observe something that is computed, declare it as data.
      """,
      wrong: .init(
        """
        mu ~ Normal(0, 1)
        mu ~ Normal(0, 2)
        """
      ),
      mended: .init(
        "mu ~ Normal(0, 2)"
      )
    ),
    ErrorEntry(
      "E0402",
      "a name that is declared twice",
      """
      A name means one thing in the whole program, whatever the kind of its declaration.
      """,
      wrong: .init(
        """
        data x: real
        data x: int
        """
      ),
      mended: .init(
        """
        data x: real
        data n: int
        """
      )
    ),
    ErrorEntry(
      "E0403",
      "a definition by itself",
      """
      A quantity follows from others, and these must not follow from it again. Along a
      dimension a quantity may use its own earlier elements, `x[t-1]`, if the first ones are
      given.
      """,
      wrong: .init(
        """
        a = b + 1
        b = a * 2
        """
      ),
      mended: .init(
        """
        a ~ Normal(0, 1)
        b = a * 2
        """
      )
    ),
    ErrorEntry(
      "E0404",
      "a part without a value",
      """
      A state of a differential equation needs its value at the start, and `~` behind `with`
      belongs into the `draw` of a `dist` only.
      """,
      wrong: .init(
        """
        dim time
        data ts[time]: real
        k ~ LogNormal(0, 1)
        ode t from 0 at ts[time] {
          x' = -k * x
        }
        """
      ),
      mended: .init(
        """
        dim time
        data ts[time]: real
        k ~ LogNormal(0, 1)
        ode t from 0 at ts[time] {
          x' = -k * x
          x(0) = 1
        }
        """
      )
    ),
    ErrorEntry(
      "E0405",
      "a discrete latent with too many values",
      """
      Discrete latents are summed out, for which their values must be finitely many and few.
      Give it an end, as `Binomial` has, or draw it, by `gibbs`.
      """,
      wrong: .init(
        """
        data y: real
        n ~ Poisson(3)
        y ~ Normal(n, 1)
        infer post = nuts()
        """
      ),
      mended: .init(
        """
        data y: real
        n ~ Poisson(3)
        y ~ Normal(n, 1)
        infer post = gibbs()
        """
      )
    ),
    ErrorEntry(
      "E0406",
      "several elements of a discrete latent at once",
      """
      Elements of a discrete latent are summed out one after the other. A statement that reads
      all of them at once, or one chosen by another latent, would need a table over all
      combinations.
      """,
      wrong: .init(
        """
        dim time
        data y[time]: real
        a ~ Normal(0, 1)
        z[time] ~ Bernoulli(0.5)
        y[t: time] ~ Normal(z[time(1 + (a > 0))], 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#]
      ),
      mended: .init(
        """
        dim time
        data y[time]: real
        a ~ Normal(0, 1)
        z[time] ~ Bernoulli(0.5)
        y[t: time] ~ Normal(a + z[t], 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#]
      )
    ),
    ErrorEntry(
      "E0407",
      "discrete latents too many to sum out",
      """
      Discrete latents that depend on each other are summed out over all combinations of those
      that meet. Here the table would be too large: each of them meets too many others. Draw
      them instead, by `gibbs`.
      """,
      wrong: .init(
        """
        dim row = 20, col = 20
        data y: real
        z[i: row, j: col] ~ Bernoulli(0.4)
        factor across[i: row, j: col[2..]] = (z[i, j] == z[i, j-1])
        factor down[i: row[2..], j: col] = (z[i, j] == z[i-1, j])
        y ~ Normal(z[1, 1], 1)
        infer post = nuts(seed: 1)
        """,
        files: ["data.json": #"{"y": 1}"#],
        session: """
          ppl run model.ppl --data data.json --draws 20 --warmup 20 --out fit.zarr
          """
      ),
      mended: .init(
        """
        dim row = 20, col = 20
        data y: real
        z[i: row, j: col] ~ Bernoulli(0.4)
        factor across[i: row, j: col[2..]] = (z[i, j] == z[i, j-1])
        factor down[i: row[2..], j: col] = (z[i, j] == z[i-1, j])
        y ~ Normal(z[1, 1], 1)
        infer post = gibbs(seed: 1)
        """,
        files: ["data.json": #"{"y": 1}"#],
        session: """
          ppl run model.ppl --data data.json --draws 20 --warmup 20 --out fit.zarr
          """
      )
    ),
  ]
}
