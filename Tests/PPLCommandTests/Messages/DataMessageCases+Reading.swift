extension DataMessage {
  /// A program with one latent and its observations.
  static let normalMean = """
    dim obs
    data y[obs]: real
    mu ~ Normal(0, 1)
    y[i: obs] ~ Normal(mu, 1)
    """

  private static let checked = ["check", "model.ppl", "--data", "data.json"]

  /// What is wrong with data as they are read and held against their declarations.
  static let reading: [DataMessage] = [
    .init(
      "label_is_unknown",
      "E0701",
      model: """
        dim species = ["cat", "dog"], obs
        data kind[obs]: species
        a[species] ~ Normal(0, 1)
        b[i: obs] = a[kind[i]]
        """,
      data: #"{"kind": ["dog", "cta"]}"#
    ),
    .init(
      "code_is_unknown",
      "E0701",
      model: """
        dim grade = 0..4, obs
        data g[obs]: grade
        a[grade] ~ Normal(0, 1)
        b[i: obs] = a[g[i]]
        """,
      data: #"{"g": [0, 5]}"#
    ),
    .init(
      "no_data_file",
      "E0801",
      model: normalMean,
      arguments: ["run", "model.ppl"]
    ),
    .init(
      "key_is_misspelt",
      "E0801",
      "W0801",
      model: """
        dim obs
        data weight[obs]: real
        mu ~ Normal(0, 1)
        weight[i: obs] ~ Normal(mu, 1)
        """,
      data: #"{"wieght": [1, 2]}"#
    ),
    .init(
      "key_is_missing",
      "E0801",
      "W0801",
      model: normalMean,
      data: #"{"n": 2, "height": [1, 2]}"#
    ),
    .init(
      "dimension_is_empty",
      "E0802",
      model: normalMean,
      data: #"{"y": []}"#
    ),
    .init(
      "two_lengths",
      "E0802",
      model: """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
      data: #"{"x": [1, 2, 3], "y": [1, 2]}"#
    ),
    .init(
      "nothing_gives_the_size",
      "E0802",
      model: """
        dim group
        a[group] ~ Normal(0, 1)
        """,
      data: "{}"
    ),
    .init(
      "scalar_is_array",
      "E0802",
      model: """
        data s: real
        mu ~ Normal(s, 1)
        """,
      data: #"{"s": [1, 2]}"#
    ),
    .init(
      "array_is_table",
      "E0802",
      model: """
        dim obs = 2
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
      data: #"{"y": [[1, 2], [3, 4]]}"#
    ),
    .init(
      "size_differs_from_dimension",
      "E0802",
      model: """
        dim obs = 3
        data y[obs]: real
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
      data: #"{"y": [1, 2]}"#
    ),
    .init(
      "size_differs_from_type",
      "E0802",
      model: """
        data y: real[3]
        mu ~ Normal(sum(y), 1)
        """,
      data: #"{"y": [1, 2]}"#
    ),
    .init(
      "rows_differ_from_parent",
      "E0802",
      model: """
        dim person = 3, visit[person]
        data y[person, visit]: real
        mu ~ Normal(0, 1)
        y[p: person, v: visit[p]] ~ Normal(mu, 1)
        """,
      data: #"{"y": [[1, 2], [3]]}"#
    ),
    .init(
      "row_size_is_negative",
      "E0802",
      model: """
        dim person
        data n[person]: int
        dim visit[p: person] = n[p] - 2
        mu[p: person, v: visit[p]] ~ Normal(0, 1)
        """,
      data: #"{"n": [3, 1]}"#
    ),
    .init(
      "two_row_lengths",
      "E0802",
      model: """
        dim person, visit[person]
        data x[person, visit], y[person, visit]: real
        a ~ Normal(0, 1)
        y[p: person, v: visit[p]] ~ Normal(a * x[p, v], 1)
        """,
      data: #"{"x": [[1, 2], [3]], "y": [[1, 2], [3, 4]]}"#
    ),
    .init(
      "nothing_gives_row_lengths",
      "E0802",
      model: """
        dim person = 2, visit[person]
        mu[p: person, v: visit[p]] ~ Normal(0, 1)
        """,
      data: "{}"
    ),
    .init(
      "too_few_rows",
      "E0802",
      model: """
        dim person
        data n[person]: int
        dim visit[p: person] = n[p]
        data y[person, visit]: real
        mu ~ Normal(0, 1)
        y[p: person, v: visit[p]] ~ Normal(mu, 1)
        """,
      data: #"{"n": [2, 1, 1], "y": [[1, 2], [3]]}"#
    ),
    .init(
      "flat_rows_of_other_length",
      "E0802",
      model: """
        dim person
        data n[person]: int
        dim visit[p: person] = n[p]
        data y[person, visit]: real
        mu ~ Normal(0, 1)
        y[p: person, v: visit[p]] ~ Normal(mu, 1)
        """,
      data: #"{"n": [2, 1], "y": [1, 2, 3, 4]}"#
    ),
    .init(
      "size_is_too_great_to_be_one",
      "E0802",
      model: """
        data n: int
        dim obs = n
        mu[obs] ~ Normal(0, 1)
        """,
      data: #"{"n": 1e300}"#
    ),
    .init(
      "rows_of_another_number",
      "E0802",
      model: """
        dim person = 2
        data n[person]: int
        dim visit[p: person] = n[p]
        data y[person, visit]: real
        mu ~ Normal(0, 1)
        y[p: person, v: visit[p]] ~ Normal(mu, 1)
        """,
      data: #"{"n": [2, 1], "y": [[1, 2], [3], [4]]}"#
    ),
    .init(
      "object_for_number",
      "E0804",
      model: """
        data y: real
        mu ~ Normal(y, 1)
        """,
      data: #"{"y": {"a": 1}}"#
    ),
    .init(
      "text_for_numbers",
      "E0804",
      model: normalMean,
      table: "y\n1.5\nhigh\n"
    ),
    .init(
      "number_for_bool",
      "E0804",
      model: """
        dim obs
        data y[obs]: bool
        p ~ Uniform(0, 1)
        y[i: obs] ~ Bernoulli(p)
        """,
      data: #"{"y": [0, 1, 2]}"#
    ),
    .init(
      "fraction_for_int",
      "E0804",
      model: """
        dim obs
        data y[obs]: int
        l ~ HalfNormal(1)
        y[i: obs] ~ Poisson(l)
        """,
      data: #"{"y": [0, 1.5]}"#
    ),
    .init(
      "below_declared_bound",
      "E0805",
      model: """
        dim school = ["A", "B"]
        data s[school]: real > 0
        mu ~ Normal(0, 1)
        theta[i: school] ~ Normal(mu, s[i])
        """,
      data: #"{"s": [10, -5]}"#
    ),
    .init(
      "outside_of_set",
      "E0805",
      model: """
        dim obs
        data dose[obs]: int in {1, 2, 5}
        mu ~ Normal(sum(dose), 1)
        """,
      data: #"{"dose": [1, 3]}"#
    ),
    .init(
      "simplex_does_not_sum_to_one",
      "E0805",
      model: """
        dim state
        data p: simplex[state]
        mu ~ Normal(p[1], 1)
        """,
      data: #"{"p": [0.5, 0.6]}"#
    ),
    .init(
      "one_simplex_of_several",
      "E0805",
      model: """
        dim row, state
        data p[row]: simplex[state]
        mu ~ Normal(p[1, 1], 1)
        """,
      data: #"{"p": [[0.5, 0.5], [0.5, 0.6]]}"#
    ),
    .init(
      "matrix_is_not_positive_definite",
      "E0805",
      model: """
        dim k
        data C: cov[k]
        x: real[k] ~ MultiNormal(0, cov: C)
        """,
      data: #"{"C": [[1, 2], [2, 1]]}"#
    ),
    .init(
      "given_cell_is_missing",
      "E0806",
      model: """
        dim obs
        data x[obs], y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
      table: "x,y\n1,2\nNA,3\n"
    ),
    .init(
      "given_cells_have_the_missing_code",
      "E0806",
      model: """
        dim obs
        data x[obs]: real missing -1
        data y[obs]: real
        a ~ Normal(0, 1)
        y[i: obs] ~ Normal(a * x[i], 1)
        """,
      data: #"{"x": [-1, 2, -1], "y": [1, 2, 3]}"#
    ),
    .init(
      "missing_cell_has_no_statement",
      "W0802",
      "E0806",
      model: """
        dim time
        data y[time]: real
        mu ~ Normal(0, 1)
        y[t: time[2..]] ~ Normal(mu, 1)
        """,
      data: #"{"y": [null, 2, 3]}"#
    ),
    .init(
      "unknown_kind_of_file",
      "E0807",
      model: normalMean,
      files: ["data.xml": "1\n"],
      arguments: ["run", "model.ppl", "--data", "data.xml"]
    ),
    .init(
      "json_is_cut_short",
      "E0807",
      model: normalMean,
      data: #"{"y": [1, 2"#
    ),
    .init(
      "row_of_other_length",
      "E0807",
      model: normalMean,
      table: "x,y\n1,2\n3\n"
    ),
    .init(
      "no_such_file",
      "E0807",
      model: normalMean
    ),
    .init(
      "no_such_file_of_the_program",
      "E0807",
      model: """
        dim obs
        data y[obs]: real from "table.csv"
        mu ~ Normal(0, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
      arguments: ["run", "model.ppl"]
    ),
    .init(
      "key_in_two_files",
      "E0808",
      model: normalMean,
      data: #"{"y": [1, 2]}"#,
      files: ["more.json": #"{"y": [1, 2]}"#],
      arguments: ["run", "model.ppl", "--data", "data.json", "--data", "more.json"]
    ),
    .init(
      "two_orders_of_labels",
      "E0808",
      model: """
        dim school
        data x[school]: real from "x.csv"
        data y[school]: real from "y.csv"
        a ~ Normal(0, 1)
        y[i: school] ~ Normal(a * x[i], 1)
        """,
      files: ["x.csv": "school,x\nA,1\nB,2\n", "y.csv": "school,y\nB,2\nA,1\n"],
      arguments: ["run", "model.ppl"]
    ),
    .init(
      "computed_from_missing_cells",
      "W0802",
      "E0810",
      model: """
        dim obs
        data y[obs]: real
        data m = mean(y)
        mu ~ Normal(m, 1)
        y[i: obs] ~ Normal(mu, 1)
        """,
      data: #"{"y": [1, null, 3]}"#
    ),
    .init(
      "key_is_not_used",
      "W0801",
      status: 0,
      model: normalMean,
      table: "site,y\n3,1\n4,2\n",
      arguments: ["check", "model.ppl", "--data", "data.csv"]
    ),
    .init(
      "keys_are_not_used",
      "W0801",
      status: 0,
      model: normalMean,
      data: #"{"y": [1, 2], "N": 2, "comment": "from 1990"}"#,
      arguments: checked
    ),
    .init(
      "missing_cells_are_imputed",
      "W0802",
      status: 0,
      model: normalMean,
      table: "y\n1\nNA\n\n3\nNA\n",
      arguments: ["check", "model.ppl", "--data", "data.csv"]
    ),
  ]
}
