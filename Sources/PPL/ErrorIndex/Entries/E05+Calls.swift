/// Calls of functions, distributions and layers.
extension ErrorIndex {
  static let calls: [ErrorEntry] = [
    ErrorEntry(
      "E0501",
      "a function that does not exist",
      """
      No function has this name. Names of other languages are recognised and translated in the
      message; functions of one's own are defined by `fn`.
      """,
      wrong: .init(
        """
        data z: real
        x = expit(z)
        """
      ),
      mended: .init(
        """
        data z: real
        x = inv_logit(z)
        """
      )
    ),
    ErrorEntry(
      "E0502",
      "a distribution out of place",
      """
      The right side of `~` is a distribution, and a distribution stands nowhere else:
      `Normal(0, 1) + 2` is no sum of numbers. Transform the quantity instead.
      """,
      wrong: .init(
        "x ~ Normal(0, 1) + 2"
      ),
      mended: .init(
        """
        z ~ Normal(0, 1)
        x = z + 2
        """
      )
    ),
    ErrorEntry(
      "E0503",
      "arguments that do not fit",
      """
      A call has the arguments that its function, distribution or layer takes, in their order
      or by their names. `ppl engines` and the README list them.
      """,
      wrong: .init(
        "x ~ Normal(0, sigma: 1)"
      ),
      mended: .init(
        "x ~ Normal(0, sd: 1)"
      )
    ),
    ErrorEntry(
      "E0504",
      "calls or sizes nested too deeply",
      """
      Functions are expanded where they are called, and sizes are found from each other, up to
      a few hundred levels. Longer chains come from programs that write programs.
      """,
      wrong: .init(
        session: """
          { for i in $(seq 0 209); do echo "dim d$i = size(d$((i + 1)))"; done; echo 'dim d210 = 2'; echo 'mu[d0] ~ Normal(0, 1)'; } > model.ppl
          echo '{}' > data.json
          ppl check model.ppl --data data.json
          """
      ),
      mended: .init(
        """
        dim d0 = 2
        mu[d0] ~ Normal(0, 1)
        """
      )
    ),
    ErrorEntry(
      "E0505",
      "a line that a distribution does not have",
      """
      A `dist` has a line `logp(x) = …` with a name for the value, and may have `draw = …`,
      which takes nothing. Its result type says which values it has.
      """,
      wrong: .init(
        """
        dist D(m: real) -> real {
          lopg(x) = -(x - m)^2
        }
        y ~ D(1)
        """
      ),
      mended: .init(
        """
        dist D(m: real) -> real {
          logp(x) = -(x - m)^2
        }
        y ~ D(1)
        """
      )
    ),
    ErrorEntry(
      "E0506",
      "the state of a recurrent cell",
      """
      A cell carries its state from step to step: that of `GRUCell` is one vector, that of
      `LSTMCell` the record `(h: …, c: …)`.
      """,
      wrong: .init(
        """
        dim d = 4
        net f(x: real[d], s: real[d]) -> real[d] = x |> GRUCell(d, state: (h: s))
        """
      ),
      mended: .init(
        """
        dim d = 4
        net f(x: real[d], s: real[d]) -> real[d] = x |> GRUCell(d, state: s)
        """
      )
    ),
    ErrorEntry(
      "E0507",
      "steps drawn through a causal net",
      """
      Drawing a series step by step would call the whole net anew at each step, which this
      version does not do. `one_step: true` predicts each step from the observed ones before
      it.
      """,
      wrong: .init(
        """
        dim time
        data y[time]: real
        causal net f(x: real[time]) -> real[time] =
          x |> Reshape(time, 1) |> Delay |> LSTM(2) |> Dense(1) |> Reshape(time)
        y[t: time] ~ Normal(f(y)[t], 1)
        infer fit = train(steps: 9, seed: 1)
        predict next = y given fit
        show rmse(next)
        """,
        files: ["data.json": #"{"y": [0.1, 0.4, 0.2, 0.3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim time
        data y[time]: real
        causal net f(x: real[time]) -> real[time] =
          x |> Reshape(time, 1) |> Delay |> LSTM(2) |> Dense(1) |> Reshape(time)
        y[t: time] ~ Normal(f(y)[t], 1)
        infer fit = train(steps: 9, seed: 1)
        predict next = y given fit, one_step: true
        show rmse(next)
        """,
        files: ["data.json": #"{"y": [0.1, 0.4, 0.2, 0.3]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0510",
      "a function or net that nothing calls",
      """
      The sizes of its arguments are taken from its calls. Without any, they are not known.
      """,
      wrong: .init(
        "net f[d](x: real[d, 3]) -> real = x |> StepMean |> Dense(1)"
      ),
      mended: .init(
        """
        dim d = 2
        data x: real[d, 3]
        net f[d](x: real[d, 3]) -> real = x |> StepMean |> Dense(1)
        y = f(x)
        """
      )
    ),
  ]
}
