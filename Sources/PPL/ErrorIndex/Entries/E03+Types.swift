/// Types and supports.
extension ErrorIndex {
  static let types: [ErrorEntry] = [
    ErrorEntry(
      "E0301",
      "data of another kind than their distribution",
      """
      A distribution gives real numbers, integers, or labels of a dimension, and data that it
      describes are of the same kind. Counts declared as `real` would accept 2.5.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        y ~ Poisson(3)
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: int
        y ~ Poisson(3)
        """
      )
    ),
    ErrorEntry(
      "E0302",
      "a value of another type than is wanted",
      """
      A condition is true or false, a size is an integer, `show` prints numbers: what stands
      here is something else. Types are never converted silently, except integers to reals.
      """,
      wrong: .init(
        """
        data n: int
        x = if n then 1 else 2
        """
      ),
      mended: .init(
        """
        data n: int
        x = if n > 0 then 1 else 2
        """
      )
    ),
    ErrorEntry(
      "E0303",
      "a value outside of what is allowed",
      """
      A standard deviation is positive, a probability lies between 0 and 1. A latent that need
      not keep to that would send a sampler into places where the density does not exist. Give
      it a distribution on the right set, or a bound.
      """,
      wrong: .init(
        """
        sigma ~ Normal(0, 1)
        x ~ Normal(0, sigma)
        """
      ),
      mended: .init(
        """
        sigma ~ HalfNormal(1)
        x ~ Normal(0, sigma)
        """
      )
    ),
    ErrorEntry(
      "E0304",
      "what must be known from data",
      """
      Sizes, conditions and bounds of data shape the model before anything is drawn, so they
      follow from data, not from latents.
      """,
      wrong: .init(
        """
        n ~ Poisson(3)
        dim obs = n
        x[obs] ~ Normal(0, 1)
        """,
        files: ["data.json": #"{"n": 3}"#]
      ),
      mended: .init(
        """
        data n: int
        dim obs = n
        x[obs] ~ Normal(0, 1)
        """,
        files: ["data.json": #"{"n": 3}"#]
      )
    ),
    ErrorEntry(
      "E0305",
      "a restricted distribution with unknown normaliser",
      """
      A distribution on a part of its values is divided by the probability of that part. Over
      this type it is not known in closed form, and it changes with the parameters, so leaving
      it out would change the posterior. With constant parameters it is a constant and may be
      left out.
      """,
      wrong: .init(
        """
        s ~ HalfNormal(1)
        x: ordered[3] ~ Normal(0, s)
        """
      ),
      mended: .init(
        """
        s ~ HalfNormal(1)
        x: ordered[3] ~ Normal(0, 1)
        y = s * x
        """
      )
    ),
    ErrorEntry(
      "E0306",
      "what cannot be drawn from",
      """
      `Flat()` has density 1 everywhere and no total probability, so it has no draws. It can
      be a prior of a latent that data inform, and nothing that is to be simulated.
      """,
      wrong: .init(
        """
        dist D(m: real) -> real {
          logp(x) = -(x - m)^2
          draw = z with z ~ Flat()
        }
        y ~ D(1)
        """
      ),
      mended: .init(
        """
        dist D(m: real) -> real {
          logp(x) = -(x - m)^2
          draw = z with z ~ Normal(m, sqrt(0.5))
        }
        y ~ D(1)
        """
      )
    ),
    ErrorEntry(
      "E0307",
      "a function without a derivative",
      """
      The engine needs the gradient of the log density, and this function of a latent has none
      that is known. Use a number or data there, another function, or an engine without
      gradients, such as `slice()`.
      """,
      wrong: .init(
        """
        fn g(a: real) -> real = cdf(Gamma(a, 1), 2)
        b ~ Gamma(2, 1)
        factor f = g(b)
        infer post = nuts(seed: 1)
        """,
        files: ["data.json": "{}"],
        session: "ppl run model.ppl --out fit.zarr"
      ),
      mended: .init(
        """
        fn g(b: real) -> real = cdf(Gamma(2, b), 2)
        b ~ Gamma(2, 1)
        factor f = g(b)
        infer post = nuts(seed: 1)
        """,
        files: ["data.json": "{}"],
        session: "ppl run model.ppl --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0308",
      "a literal that is no such value",
      """
      What is written in the program is not what the place wants: a covariance is symmetric
      and positive definite, weights sum to 1, a start lies inside of the bounds.
      """,
      wrong: .init(
        """
        dim k = 2
        x: real[k] ~ MultiNormal(0, cov: [[1, 2], [2, 1]])
        """,
        files: ["data.json": "{}"]
      ),
      mended: .init(
        """
        dim k = 2
        x: real[k] ~ MultiNormal(0, cov: [[2, 1], [1, 2]])
        """,
        files: ["data.json": "{}"]
      )
    ),
  ]
}
