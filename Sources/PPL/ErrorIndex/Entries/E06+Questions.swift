/// Engines and their settings, questions and predictions.
extension ErrorIndex {
  static let questions: [ErrorEntry] = [
    ErrorEntry(
      "E0601",
      "a setting that an engine does not take",
      """
      Each engine has settings with known names and values, which are literals, so that a fit
      can be planned before it runs. `ppl engines NAME` shows those of one.
      """,
      wrong: .init(
        """
        mu ~ Normal(0, 1)
        infer post = nuts(samples: 2000)
        """
      ),
      mended: .init(
        """
        mu ~ Normal(0, 1)
        infer post = nuts(draws: 2000)
        """
      )
    ),
    ErrorEntry(
      "E0602",
      "a question that this cannot answer",
      """
      `post.mu` is a quantity of a fit: it has one value in each draw, and stands in the
      script only. A fit, a prediction and a quantity are asked different things, and an
      engine answers only what it computes.
      """,
      wrong: .init(
        """
        mu ~ Normal(0, 1)
        infer post = nuts()
        show mu
        """
      ),
      mended: .init(
        """
        mu ~ Normal(0, 1)
        infer post = nuts()
        show post.mu
        """
      )
    ),
    ErrorEntry(
      "E0603",
      "a reduction over draws of what does not vary",
      """
      `E`, `P`, `Q` and the like reduce over the draws of a fit. What is the same in each draw
      needs no reduction.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y ~ Normal(mu, 1)
        infer post = nuts()
        show E(2 + 3)
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y ~ Normal(mu, 1)
        infer post = nuts()
        show E(2 * post.mu)
        """
      )
    ),
    ErrorEntry(
      "E0604",
      "no log likelihoods to compare models by",
      """
      `loo` and `waic` are sums over observations, and this fit has none, or its observations
      cannot be told apart in the groups that are asked for.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = prior(draws: 100, seed: 1)
        show loo(post)
        """,
        files: ["data.json": #"{"y": [1, 2, 0]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts(draws: 100, warmup: 100, seed: 1)
        show loo(post)
        """,
        files: ["data.json": #"{"y": [1, 2, 0]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0605",
      "a prediction or score that makes no sense",
      """
      `predict name = quantity given fit` takes other data by one file or one record of files,
      and options by name. Scores compare a prediction with what was observed: `rmse` numbers,
      `accuracy` labels.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts()
        predict t = y given post
        show accuracy(t)
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts()
        predict t = y given post
        show rmse(t)
        """
      )
    ),
    ErrorEntry(
      "E0606",
      "a check against nothing",
      """
      `check` compares a statistic of what was observed with the same statistic of data drawn
      from the fit. Latents were not observed.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts()
        check post.mu
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer post = nuts()
        check post
        """
      )
    ),
    ErrorEntry(
      "E0607",
      "a prior without draws",
      """
      `prior()` draws all latents from their own distributions. `Flat()` and factors are no
      distributions with draws.
      """,
      wrong: .init(
        """
        mu ~ Flat()
        infer p = prior()
        """
      ),
      mended: .init(
        """
        mu ~ Normal(0, 10)
        infer p = prior()
        """
      )
    ),
    ErrorEntry(
      "E0608",
      "a probability that this model or fit does not have",
      """
      The marginal likelihood is an average over a proper prior, so a model with `Flat()` or a
      factor has none. `probabilities` are those of latents that were summed out.
      """,
      wrong: .init(
        """
        data y: real
        mu ~ Flat()
        y ~ Normal(mu, 1)
        infer post = nuts()
        show marginal_likelihood(post)
        """
      ),
      mended: .init(
        """
        data y: real
        mu ~ Normal(0, 10)
        y ~ Normal(mu, 1)
        infer post = nuts()
        show marginal_likelihood(post)
        """
      )
    ),
    ErrorEntry(
      "E0609",
      "new data that have no order to be drawn in",
      """
      Data are drawn anew along one dimension at a time: each element after those that it
      reads. Here elements read others along two dimensions.
      """,
      wrong: .init(
        """
        dim row, col
        data y[row, col]: real
        b ~ Normal(0, 1)
        y[i: row[2..], j: col[2..]] ~ Normal(b * (y[i-1, j] + y[i, j-1]), 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post
        """,
        files: ["data.json": #"{"y": [[1, 2], [3, 4]]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim row, col
        data y[row, col]: real
        b ~ Normal(0, 1)
        y[i: row[2..], j: col] ~ Normal(b * y[i-1, j], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post
        """,
        files: ["data.json": #"{"y": [[1, 2], [3, 4]]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0610",
      "labels that a joint latent was not fitted for",
      """
      The elements of a joint latent, such as a simplex or a Gaussian process as one vector,
      were drawn together, and a net was fitted for axes of one size. New labels cannot be
      added to them alone.
      """,
      wrong: .init(
        """
        dim group, obs
        data g[obs]: group, y[obs]: real
        a: sum_to_zero[group] ~ Normal(0, 1)
        y[i: obs] ~ Normal(a[g[i]], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        """,
        files: [
          "new.json": #"{"g": ["A", "C"], "y": [1, 2]}"#,
          "data.json": #"{"g": ["A", "B"], "y": [1, 2]}"#,
        ],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim group, obs
        data g[obs]: group, y[obs]: real
        a[group] ~ Normal(0, 1)
        y[i: obs] ~ Normal(a[g[i]], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        """,
        files: [
          "new.json": #"{"g": ["A", "C"], "y": [1, 2]}"#,
          "data.json": #"{"g": ["A", "B"], "y": [1, 2]}"#,
        ],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0611",
      "nothing observed to compare a prediction with",
      """
      A score compares predicted with observed values, and the new data have none of what is
      predicted.
      """,
      wrong: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        infer post = nuts(chains: 1, draws: 20, warmup: 20, seed: 1)
        predict p = y given post, "new.json"
        show rmse(p)
        """,
        files: ["new.json": #"{"x": [1, 2, 3]}"#, "data.json": #"{"x": [1, 2], "y": [1, 2]}"#],
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
        show rmse(p)
        """,
        files: [
          "new.json": #"{"x": [1, 2, 3], "y": [1, 2, 3]}"#,
          "data.json": #"{"x": [1, 2], "y": [1, 2]}"#,
        ],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
  ]
}
