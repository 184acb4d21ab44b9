/// Names and axes.
extension ErrorIndex {
  static let names: [ErrorEntry] = [
    ErrorEntry(
      "E0201",
      "a name that nothing defines",
      """
      A name is a quantity, a dimension, an index of the equation, or a function, and nothing
      of the program has this one. Near names are proposed. Order does not matter: a quantity
      may be used above its definition.
      """,
      wrong: .init(
        """
        sigma ~ HalfNormal(1)
        x ~ Normal(0, sgima)
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
      "E0202",
      "an unknown type",
      """
      A type is `real`, `int` or `bool`, a joint type such as `simplex[k]`, `cov[k]` or
      `ordered[k]`, a record, or the name of a dimension, whose values are its labels.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: float
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        """
      )
    ),
    ErrorEntry(
      "E0203",
      "axes that do not match",
      """
      Arrays are combined along equal axes, and each value has exactly the axes that its place
      wants: those of the left side are named there, and the right side is written for one
      element. Nothing is stretched to fit, since a wrong axis would then give numbers instead
      of a message.
      """,
      wrong: .init(
        """
        dim a, b
        data x[a]: real
        m: real[b] = 2 * x
        """
      ),
      mended: .init(
        """
        dim a, b
        data x[a]: real
        m: real[a] = 2 * x
        """
      )
    ),
    ErrorEntry(
      "E0204",
      "an index of another dimension",
      """
      An axis is indexed by labels of its own dimension. An integer, or an index of another
      dimension, could point at any element and still be in range. Data that say to which
      label each row belongs are declared with the dimension as their type.
      """,
      wrong: .init(
        """
        dim county, house
        data y[house]: real
        a[county] ~ Normal(0, 1)
        y[h: house] ~ Normal(a[h], 1)
        """
      ),
      mended: .init(
        """
        dim county, house
        data county_of[house]: county
        data y[house]: real
        a[county] ~ Normal(0, 1)
        y[h: house] ~ Normal(a[county_of[h]], 1)
        """
      )
    ),
    ErrorEntry(
      "E0205",
      "axes that cannot be made out",
      """
      What runs over a dimension must say which, and a dimension that depends on another
      (`visit[person]`) is used together with an index of that one.
      """,
      wrong: .init(
        """
        dim p
        data n[p]: int
        dim v[i: p] = n[i]
        s = sum(1 for k: v)
        """
      ),
      mended: .init(
        """
        dim p
        data n[p]: int
        dim v[i: p] = n[i]
        s = sum(1 for i: p, k: v[i])
        """
      )
    ),
    ErrorEntry(
      "E0206",
      "data of a part of a dimension",
      """
      A declaration binds all rows of what the file holds: it names whole dimensions. Parts
      are taken where the data are used.
      """,
      wrong: .init(
        """
        dim obs
        data y[i: obs where i > 1]: real
        """
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        z[i: obs[2..]] = y[i]
        """
      )
    ),
    ErrorEntry(
      "E0207",
      "a quantity of the model within a function",
      """
      A function sees its parameters only. Then it means the same wherever it is called, and
      what it depends on can be read from the call.
      """,
      wrong: .init(
        """
        a ~ Normal(0, 1)
        fn f(x: real) -> real = x + a
        y = f(2)
        """
      ),
      mended: .init(
        """
        a ~ Normal(0, 1)
        fn f(x: real, a: real) -> real = x + a
        y = f(2, a)
        """
      )
    ),
    ErrorEntry(
      "E0208",
      "a layer that cannot take this",
      """
      Layers stand in nets, and each wants an input of a certain shape: `Dense` a vector,
      `Conv2d` an image, `LSTM` a series. Sizes follow from layer to layer and must leave
      something over.
      """,
      wrong: .init(
        """
        net f(x: real) -> real = x |> Dense(1)
        y = f(2)
        """
      ),
      mended: .init(
        """
        net f(x: real) -> real = [x] |> Dense(1)
        y = f(2)
        """
      )
    ),
    ErrorEntry(
      "E0209",
      "batch normalisation of one example",
      """
      In a fit by steps, `BatchNorm` holds the examples of a step against each other: it
      subtracts their mean. With one example nothing would be left.
      """,
      wrong: .init(
        """
        data x: real[3], y: real
        net f(x: real[3]) -> real = x |> BatchNorm |> Dense(1)
        y ~ Normal(f(x), 1)
        infer fit = train(steps: 9, seed: 1)
        """,
        files: ["data.json": #"{"x": [1, 2, 3], "y": 1}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        data x: real[3], y: real
        net f(x: real[3]) -> real = x |> LayerNorm |> Dense(1)
        y ~ Normal(f(x), 1)
        infer fit = train(steps: 9, seed: 1)
        """,
        files: ["data.json": #"{"x": [1, 2, 3], "y": 1}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0210",
      "batch normalisation within a recursion",
      """
      Within a recursion, `BatchNorm` would hold the examples against each other anew at each
      index, with other means each time. Its running averages would be of nothing in
      particular.
      """,
      wrong: .init(
        """
        dim time
        data y[time]: real
        net f(x: real) -> real = [x] |> BatchNorm |> Dense(1)
        s[1] = 0
        s[t: time[2..]] = f(s[t-1])
        y[t: time] ~ Normal(s[t], 1)
        infer fit = train(steps: 9, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3, 2]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      ),
      mended: .init(
        """
        dim time
        data y[time]: real
        net f(x: real) -> real = [x] |> Dense(3) |> LayerNorm |> Dense(1)
        s[1] = 0
        s[t: time[2..]] = f(s[t-1])
        y[t: time] ~ Normal(s[t], 1)
        infer fit = train(steps: 9, seed: 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3, 2]}"#],
        session: "ppl run model.ppl --data data.json --out fit.zarr"
      )
    ),
    ErrorEntry(
      "E0211",
      "a causal net that reads later steps",
      """
      The result of a causal net at a step depends on earlier steps alone. This layer,
      function or index joins steps in both directions, so a model with it would predict a
      series from its own future.
      """,
      wrong: .init(
        """
        dim time = 6
        causal net f(x: real[time]) -> real[time] = x |> Delay |> Dense(6) |> Reshape(time)
        """
      ),
      mended: .init(
        """
        dim time = 6
        causal net f(x: real[time]) -> real[time] =
          x |> Reshape(time, 1) |> Delay |> LSTM(2) |> Dense(1) |> Reshape(time)
        """
      )
    ),
    ErrorEntry(
      "E0212",
      "a causal net that reads its own step",
      """
      In `y[t] ~ D(f(y)[t])` the net may use steps before `t` only. `Delay` shifts a series by
      one step.
      """,
      wrong: .init(
        """
        dim time = 6
        causal net f(x: real[time]) -> real[time] =
          x |> Reshape(time, 1) |> LSTM(2) |> Dense(1) |> Reshape(time)
        """
      ),
      mended: .init(
        """
        dim time = 6
        causal net f(x: real[time]) -> real[time] =
          x |> Reshape(time, 1) |> Delay |> LSTM(2) |> Dense(1) |> Reshape(time)
        """
      )
    ),
  ]
}
