/// Labels and indices.
extension ErrorIndex {
  static let labels: [ErrorEntry] = [
    ErrorEntry(
      "E0701",
      "a label that a dimension does not have",
      """
      A label in the program or in the data is none of its dimension's. Labels are compared
      letter by letter; near ones are proposed.
      """,
      wrong: .init(
        """
        dim species = ["cat", "dog"], obs
        data kind[obs]: species
        a[species] ~ Normal(0, 1)
        b[i: obs] = a[kind[i]]
        """,
        files: ["data.json": #"{"kind": ["dog", "cta"]}"#]
      ),
      mended: .init(
        """
        dim species = ["cat", "dog"], obs
        data kind[obs]: species
        a[species] ~ Normal(0, 1)
        b[i: obs] = a[kind[i]]
        """,
        files: ["data.json": #"{"kind": ["dog", "cat"]}"#]
      )
    ),
    ErrorEntry(
      "E0702",
      "an index outside of its axis",
      """
      The index leaves the axis for some elements: the first has none before it. Such
      equations begin later, `[t: time[2..]]`, and the first elements have their own.
      """,
      wrong: .init(
        """
        dim time
        data y[time]: real
        a ~ Normal(0, 1)
        y[t: time] ~ Normal(a * y[t-1], 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#]
      ),
      mended: .init(
        """
        dim time
        data y[time]: real
        a ~ Normal(0, 1)
        y[t: time[2..]] ~ Normal(a * y[t-1], 1)
        """,
        files: ["data.json": #"{"y": [1, 2, 3]}"#]
      )
    ),
  ]
}
