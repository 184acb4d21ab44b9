/// What is made of distributions, records and nets.
extension ErrorIndex {
  static let distributions: [ErrorEntry] = [
    ErrorEntry(
      "E0309",
      "a function of a distribution that is not known",
      """
      `cdf`, `quantile` and the modifiers that need them (`truncated`, `censored`,
      `rounded`) use closed forms. This distribution has none here.
      """,
      wrong: .init(
        """
        mu ~ Normal(0, 1)
        x ~ truncated(SkewNormal(mu, 1, 2), lower: 0)
        """
      ),
      mended: .init(
        """
        mu ~ Normal(0, 1)
        x ~ truncated(Normal(mu, 1), lower: 0)
        """
      )
    ),
    ErrorEntry(
      "E0310",
      "a modifier that does not apply",
      """
      `truncated`, `censored`, `rounded` and `Mixture` change distributions of single numbers,
      and the order matters: what is observed of a value is said last, outside.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real, above[obs]: bool
        mu ~ Normal(0, 1)
        y[i: obs] ~ truncated(censored(Normal(mu, 1), right: above[i]), lower: 0)
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real, above[obs]: bool
        mu ~ Normal(0, 1)
        y[i: obs] ~ censored(truncated(Normal(mu, 1), lower: 0), right: above[i])
        """
      )
    ),
    ErrorEntry(
      "E0311",
      "alternatives of different kinds",
      """
      Both branches of an `if`, and all components of a mixture, give values of one kind: the
      result has one type whichever is taken.
      """,
      wrong: .init(
        "x ~ Mixture([0.5, 0.5], Normal(0, 1), Poisson(1))"
      ),
      mended: .init(
        "x ~ Mixture([0.5, 0.5], Normal(0, 1), Normal(1, 2))"
      )
    ),
    ErrorEntry(
      "E0312",
      "an observation of what is not observed",
      """
      `censored` and `rounded` say how a value was observed: that only a bound is known of it.
      A latent is not observed, so it has nothing to say about it.
      """,
      wrong: .init(
        """
        data y: real
        x ~ censored(Normal(0, 1), upper: 2)
        y ~ Normal(x, 1)
        """
      ),
      mended: .init(
        """
        data y: real
        x ~ truncated(Normal(0, 1), upper: 2)
        y ~ Normal(x, 1)
        """
      )
    ),
    ErrorEntry(
      "E0313",
      "running averages with a distribution",
      """
      The running averages of `BatchNorm` are means over the steps of a fit, not parameters,
      so they have no prior.
      """,
      wrong: .init(
        """
        dim d
        data x[d], y[d]: real
        net f(x: real) -> real = [x] |> BatchNorm |> Dense(1)
        f.batchnorm_1.running_mean ~ Normal(0, 1)
        y[i: d] ~ Normal(f(x[i]), 1)
        """
      ),
      mended: .init(
        """
        dim d
        data x[d], y[d]: real
        net f(x: real) -> real = [x] |> BatchNorm |> Dense(1)
        f.dense_1.weight ~ Normal(0, 1)
        y[i: d] ~ Normal(f(x[i]), 1)
        """
      )
    ),
    ErrorEntry(
      "E0314",
      "running averages without steps",
      """
      `BatchNorm` keeps averages over the steps of a fit, and this engine makes none that
      could be averaged. Fit with steps (`train`, `svi`, `map(steps: …)`), or take
      `LayerNorm`.
      """,
      wrong: .init(
        """
        dim d
        data x[d], y[d]: real
        net f(x: real) -> real = [x] |> BatchNorm |> Dense(1)
        f.weights ~ Normal(0, 1)
        y[i: d] ~ Normal(f(x[i]), 1)
        infer post = nuts()
        """
      ),
      mended: .init(
        """
        dim d
        data x[d], y[d]: real
        net f(x: real) -> real = [x, x^2] |> LayerNorm |> Dense(1)
        f.weights ~ Normal(0, 1)
        y[i: d] ~ Normal(f(x[i]), 1)
        infer post = nuts()
        """
      )
    ),
    ErrorEntry(
      "E0315",
      "a record with a distribution",
      """
      A record is a few values under one name; each of its fields can have a distribution, the
      record as a whole has none.
      """,
      wrong: .init(
        "q ~ (a: 1, b: 2)"
      ),
      mended: .init(
        """
        a ~ Normal(0, 1)
        b ~ Normal(0, 1)
        q = (a: a, b: b)
        """
      )
    ),
    ErrorEntry(
      "E0316",
      "a causal net without a series",
      """
      A causal net maps a series to a series along the same dimension. One of both is missing.
      """,
      wrong: .init(
        """
        dim d
        causal net f(x: real[d]) -> real = x |> Dense(1)
        """
      ),
      mended: .init(
        """
        dim d = 3
        net f(x: real[d]) -> real = x |> Dense(1)
        """
      )
    ),
    ErrorEntry(
      "E0317",
      "weights of no fixed size",
      """
      A net may be written for any dimension if its layers do not care how long it is. This
      layer has a weight for each element, so its weights would have another size at each
      call.
      """,
      wrong: .init(
        """
        dim d
        data x[d]: real
        net f[k](x: real[k]) -> real = x |> Dense(1)
        y = f(x)
        """
      ),
      mended: .init(
        """
        dim d
        data x[d]: real
        net f(x: real[d]) -> real = x |> Dense(1)
        y = f(x)
        """
      )
    ),
  ]
}
