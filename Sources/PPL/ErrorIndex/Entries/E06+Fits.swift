/// Models and data that a kind of fit does not take.
extension ErrorIndex {
  static let fits: [ErrorEntry] = [
    ErrorEntry(
      "E0612",
      "a batch of rows that the model does not allow",
      """
      In a fit by steps with `batch`, each step sees some rows, and statements over them read
      their own row only. A sum over all rows is not known from some.
      """,
      wrong: .init(
        """
        dim obs, group
        data g[obs]: group, y[obs]: real
        z[group] ~ Bernoulli(0.5)
        y[i: obs] ~ Normal(z[g[i]], 1)
        infer fit = map(batch: (obs: 2), steps: 9, seed: 1)
        """,
        files: ["data.json": #"{"g": ["A", "B", "A"], "y": [1, 2, 3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim obs, group
        data g[obs]: group, y[obs]: real
        z[group] ~ Normal(0, 1)
        y[i: obs] ~ Normal(z[g[i]], 1)
        infer fit = map(batch: (obs: 2), steps: 9, seed: 1)
        """,
        files: ["data.json": #"{"g": ["A", "B", "A"], "y": [1, 2, 3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0613",
      "a parameter without a prior",
      """
      Chains draw from a posterior, for which every parameter has a prior. Weights of a net
      without one can be fitted, by `map` or `train`.
      """,
      wrong: .init(
        """
        data y: real
        param w: real
        y ~ Normal(w, 1)
        infer p = nuts()
        """
      ),
      mended: .init(
        """
        data y: real
        w ~ Normal(0, 1)
        y ~ Normal(w, 1)
        infer p = nuts()
        """
      )
    ),
    ErrorEntry(
      "E0614",
      "what a guide cannot say",
      """
      A guide gives each latent a distribution with the same values, through whose draws
      gradients go. It says nothing of data, derived quantities and parameters that are
      fitted.
      """,
      wrong: .init(
        """
        data y: real
        s ~ HalfNormal(1)
        y ~ Normal(0, s)
        guide g {
          s ~ Normal(0, 1)
        }
        """
      ),
      mended: .init(
        """
        data y: real
        s ~ HalfNormal(1)
        y ~ Normal(0, s)
        guide g {
          s ~ LogNormal(0, 1)
        }
        """
      )
    ),
    ErrorEntry(
      "E0615",
      "a flow for one parameter",
      """
      A flow bends parameters by each other; a model with one parameter has nothing to bend.
      The mean field is as good here.
      """,
      wrong: .init(
        """
        data y: real
        mu ~ Normal(0, 1)
        y ~ Normal(mu, 1)
        infer post = vi(guide: iaf, seed: 1)
        """,
        files: ["data.json": #"{"y": 1}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        data y: real
        mu ~ Normal(0, 1)
        y ~ Normal(mu, 1)
        infer post = vi(guide: mean_field, seed: 1)
        """,
        files: ["data.json": #"{"y": 1}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0616",
      "a flow with too many weights",
      """
      The weights of a flow grow with its layers, its hidden units and the model's parameters.
      So many would be fitted for a very long time, to no better end.
      """,
      wrong: .init(
        """
        data y: real
        a, b ~ Normal(0, 1)
        y ~ Normal(a * b, 1)
        infer post = vi(guide: coupling, layers: 64, hidden: 4096, seed: 1)
        """,
        files: ["data.json": #"{"y": 1}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        data y: real
        a, b ~ Normal(0, 1)
        y ~ Normal(a * b, 1)
        infer post = vi(guide: coupling, layers: 2, hidden: 8, seed: 1)
        """,
        files: ["data.json": #"{"y": 1}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0617",
      "a model that a particle filter cannot step through",
      """
      `pmmh` runs a particle filter: states follow each other along one dimension, and each
      observation reads the state of its own step. Other models are fitted by engines that
      move all latents at once.
      """,
      wrong: .init(
        """
        dim t
        data y[t]: real
        mu ~ Normal(0, 1)
        y[k: t] ~ Normal(mu, 1)
        infer post = pmmh(seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 1]}"#],
        session: """
          ppl run model.ppl --data data.json --draws 50 --warmup 50 --out fit.zarr
          """
      ),
      mended: .init(
        """
        dim t
        data y[t]: real
        s ~ HalfNormal(1)
        x[1] ~ Normal(0, 1)
        x[k: t[2..]] ~ Normal(x[k-1], s)
        y[k: t] ~ Normal(x[k], 1)
        infer post = pmmh(seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 1]}"#],
        session: """
          ppl run model.ppl --data data.json --draws 50 --warmup 50 --out fit.zarr
          """
      )
    ),
    ErrorEntry(
      "E0620",
      "a way to hold rows out that does not fit",
      """
      `validation` holds out a share of the rows of one batched dimension, or names a file of
      other rows; `patience` ends a fit by them.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(batch: (obs: 2), patience: 3)
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(batch: (obs: 2), validation: 0.2, patience: 3)
        """
      )
    ),
    ErrorEntry(
      "E0621",
      "rows that cannot be held out",
      """
      Rows that are held out are observed, have no latents of their own, and leave others to
      be trained on. A latent of a row that is not seen would stay where it began.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        z[obs] ~ Normal(0, 1)
        y[i: obs] ~ Normal(z[i], 1)
        infer fit = train(batch: (obs: 2), epochs: 2, validation: 0.4, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3, 4, 5]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        z ~ Normal(0, 1)
        y[i: obs] ~ Normal(z, 1)
        infer fit = train(batch: (obs: 2), epochs: 2, validation: 0.4, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3, 4, 5]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0622",
      "an optimiser for another objective",
      """
      `lbfgs` looks for the length of each step itself and compares values of one objective,
      so it takes no schedule and no objective that changes at random.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = svi(optimizer: lbfgs())
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = map(optimizer: lbfgs())
        """
      )
    ),
    ErrorEntry(
      "E0623",
      "an optimiser that needs all rows",
      """
      `lbfgs` needs the same rows in each step. Leave `batch` out, or take an optimiser for
      batches, such as `adam`.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(batch: (obs: 2), optimizer: lbfgs(), seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(optimizer: lbfgs(), seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0624",
      "a change of data that does not exist",
      """
      `augment` changes data at random in each step, by changes with known names and literal
      amounts.
      """,
      wrong: .init(
        """
        dim image, row, col
        data x[image, row, col]: real
        mu ~ Normal(0, 1)
        x[i: image, r: row, c: col] ~ Normal(mu, 1)
        infer fit = train(batch: (image: 2), augment: (x: miror()))
        """
      ),
      mended: .init(
        """
        dim image, row, col
        data x[image, row, col]: real
        mu ~ Normal(0, 1)
        x[i: image, r: row, c: col] ~ Normal(mu, 1)
        infer fit = train(batch: (image: 2), augment: (x: mirror()))
        """
      )
    ),
    ErrorEntry(
      "E0625",
      "data that cannot be changed so",
      """
      Changes of images need rows and columns, and what is changed are the inputs of the rows
      of a batch: not labels, and not data that follow from others.
      """,
      wrong: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        b ~ Normal(0, 1)
        y[i: obs] ~ Normal(b * x[i], 1)
        infer fit = train(batch: (obs: 2), augment: (x: crop(2)))
        """
      ),
      mended: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        b ~ Normal(0, 1)
        y[i: obs] ~ Normal(b * x[i], 1)
        infer fit = train(batch: (obs: 2), augment: (x: noise(0.1)))
        """
      )
    ),
    ErrorEntry(
      "E0627",
      "a guide that reads what is missing",
      """
      A guide says where a latent lies, given data. Missing cells are latents themselves, so
      it cannot read them.
      """,
      besides: ["W0802"],
      wrong: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        z[obs] ~ Normal(0, 1)
        x[i: obs] ~ Normal(z[i], 1)
        y[i: obs] ~ Normal(z[i], 1)
        guide g {
          z[i: obs] ~ Normal(x[i], 1)
        }
        infer fit = svi(guide: g, steps: 9, seed: 1)
        """,
        files: ["data.json": #"{"x": [1, null, 3], "y": [1, 2, 3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        z[obs] ~ Normal(0, 1)
        x[i: obs] ~ Normal(z[i], 1)
        y[i: obs] ~ Normal(z[i], 1)
        guide g {
          z[i: obs] ~ Normal(y[i], 1)
        }
        infer fit = svi(guide: g, steps: 9, seed: 1)
        """,
        files: ["data.json": #"{"x": [1, null, 3], "y": [1, 2, 3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0628",
      "draws that a fit in parts does not keep",
      """
      A fit by batches keeps no draws of latents that each row has for itself: it never sees
      all of them at once. Fit without `batch` to predict from them.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        z[obs] ~ Normal(0, 1)
        y[i: obs] ~ Normal(z[i], 1)
        infer fit = svi(batch: (obs: 2), steps: 9, seed: 1)
        predict again = y given fit
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        z[obs] ~ Normal(0, 1)
        y[i: obs] ~ Normal(z[i], 1)
        infer fit = svi(steps: 9, seed: 1)
        predict again = y given fit
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0629",
      "threads that cannot share a step",
      """
      Threads share the rows of a step in equal parts, and each row must have its share by
      itself. `BatchNorm` goes by all rows of a step.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(batch: (obs: 7), threads: 2)
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        infer fit = train(batch: (obs: 8), threads: 2)
        """
      )
    ),
  ]
}
