/// Data files and what they hold.
extension ErrorIndex {
  static let data: [ErrorEntry] = [
    ErrorEntry(
      "E0801",
      "data that no file has",
      """
      A declared array has the same name in a data file, or the name that `key` gives. Nothing
      is taken as zero or left out because it is absent.
      """,
      besides: ["W0801"],
      wrong: .init(
        """
        dim obs
        data weight[obs]: real
        mu ~ Normal(0, 1)
        weight[i: obs] ~ Normal(mu, 1)
        """,
        files: ["data.json": #"{"height": [1, 2]}"#]
      ),
      mended: .init(
        """
        dim obs
        data weight[obs]: real key "height"
        mu ~ Normal(0, 1)
        weight[i: obs] ~ Normal(mu, 1)
        """,
        files: ["data.json": #"{"height": [1, 2]}"#]
      )
    ),
    ErrorEntry(
      "E0802",
      "sizes that do not agree",
      """
      A dimension has one size, which its declaration or the data give. All arrays over it
      have that size, and a scalar has none.
      """,
      wrong: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
        files: ["data.json": #"{"x": [1, 2, 3], "y": [1, 2]}"#]
      ),
      mended: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
        files: ["data.json": #"{"x": [1, 2, 3], "y": [1, 2, 4]}"#]
      )
    ),
    ErrorEntry(
      "E0803",
      "a model that grows too large",
      """
      With these data an array or a list would have more elements than a machine holds. Most
      often a size was read from the wrong column, or a sum runs over all pairs that could run
      over rows.
      """,
      wrong: .init(
        """
        data n: int
        dim obs = n
        a[obs] ~ Normal(0, 1)
        """,
        files: ["data.json": #"{"n": 1000000000}"#]
      ),
      mended: .init(
        """
        data n: int
        dim obs = n
        a[obs] ~ Normal(0, 1)
        """,
        files: ["data.json": #"{"n": 1000}"#]
      )
    ),
    ErrorEntry(
      "E0804",
      "a cell of another type",
      """
      A cell is no number, no whole number, or no truth value, as its declaration wants. The
      place in the file is named.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: int
        l ~ HalfNormal(1)
        y[i: obs] ~ Poisson(l)
        """,
        files: ["data.json": #"{"y": [0, 1.5]}"#]
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: int
        l ~ HalfNormal(1)
        y[i: obs] ~ Poisson(l)
        """,
        files: ["data.json": #"{"y": [0, 1]}"#]
      )
    ),
    ErrorEntry(
      "E0805",
      "a value outside of its declared bounds",
      """
      The declaration, or the place where the value is used, restricts it, and a cell does not
      keep to that. Bounds catch codes such as -999 before they reach a mean.
      """,
      wrong: .init(
        """
        dim school = ["A", "B"]
        data s[school]: real > 0
        mu ~ Normal(0, 1)
        theta[i: school] ~ Normal(mu, s[i])
        """,
        files: ["data.json": #"{"s": [10, -5]}"#]
      ),
      mended: .init(
        """
        dim school = ["A", "B"]
        data s[school]: real > 0
        mu ~ Normal(0, 1)
        theta[i: school] ~ Normal(mu, s[i])
        """,
        files: ["data.json": #"{"s": [10, 5]}"#]
      )
    ),
    ErrorEntry(
      "E0806",
      "a missing cell that nothing says anything about",
      """
      Missing cells become latents where the array has a distribution in the model. A
      covariate without one is only given, so its cells must all be there. Give it a
      distribution, or leave the rows out.
      """,
      besides: ["W0802"],
      wrong: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
        files: ["data.json": #"{"x": [1, null], "y": [2, 3]}"#]
      ),
      mended: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a, m ~ Normal(0, 1)
        x[i: obs] ~ Normal(m, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
        files: ["data.json": #"{"x": [1, null], "y": [2, 3]}"#]
      )
    ),
    ErrorEntry(
      "E0807",
      "a data file that cannot be read",
      """
      The file does not exist, has an unknown ending, or is no JSON, CSV, TSV or npy inside.
      Rows of a table have one length.
      """,
      wrong: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
        files: [
          "data.csv": """
          x,y
          1,2
          3
          """
        ],
        session: "ppl check model.ppl --data data.csv"
      ),
      mended: .init(
        """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
        files: [
          "data.csv": """
          x,y
          1,2
          3,4
          """
        ],
        session: "ppl check model.ppl --data data.csv"
      )
    ),
    ErrorEntry(
      "E0808",
      "files that contradict each other",
      """
      Two files hold the same key, or the labels of one dimension in two orders. Which of them
      is meant cannot be seen from the program.
      """,
      wrong: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
        files: ["more.json": #"{"y": [1, 3]}"#, "data.json": #"{"y": [1, 2]}"#],
        session: "ppl check model.ppl --data data.json --data more.json"
      ),
      mended: .init(
        """
        dim obs
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
        files: ["more.json": #"{"y": [1, 3]}"#, "data.json": #"{"y": [1, 2]}"#]
      )
    ),
    ErrorEntry(
      "E0809",
      "an observation that its distribution cannot give",
      """
      The distribution has probability zero there for every parameter: a count below zero,
      more successes than trials, an infinite number. No sampler could start.
      """,
      wrong: .init(
        """
        dim obs
        data n[obs], y[obs]: int
        p ~ Uniform(0, 1)
        y[i: obs] ~ Binomial(n[i], p)
        """,
        files: ["data.json": #"{"n": [5, 5], "y": [3, 6]}"#]
      ),
      mended: .init(
        """
        dim obs
        data n[obs], y[obs]: int
        p ~ Uniform(0, 1)
        y[i: obs] ~ Binomial(n[i], p)
        """,
        files: ["data.json": #"{"n": [5, 6], "y": [3, 6]}"#]
      )
    ),
  ]
}
