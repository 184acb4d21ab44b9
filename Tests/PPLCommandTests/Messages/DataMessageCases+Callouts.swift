extension DataMessage {
  /// A model with a function that a shell command computes, or refuses to.
  private static func model(
    _ command: String,
    _ settings: String = "gradient: finite_difference",
    mean: String = "f(a)"
  ) -> String {
    """
    data y: real
    extern fn f(a: real) -> real = process("\(command)", \(settings))
    a ~ Normal(0, 1)
    y ~ Normal(\(mean), 1)
    """
  }

  /// A worker in the shell that answers each request with a text behind its number.
  private static func worker(_ answer: String) -> [String: String] {
    [
      "w.sh": """
      read greeting
      echo '{"ready": true, "arguments": ["a"]}'
      id=0
      while read request; do
        id=$((id + 1))
        echo "{\\"id\\": $id, \(answer)}"
      done
      """
    ]
  }

  private static let allowed = [
    "run", "model.ppl", "--data", "data.json", "--out", "fit.zarr", "--allow-extern",
  ]

  /// What is wrong with functions outside of the program.
  static let callouts: [DataMessage] = [
    .init(
      "extern_not_allowed",
      "E1003",
      status: 2,
      model: model("python3 heat.py --fast"),
      data: #"{"y": 2}"#
    ),
    .init(
      "extern_of_another_name_allowed",
      "E1003",
      status: 2,
      model: model("sh w.sh"),
      data: #"{"y": 2}"#,
      arguments: allowed.dropLast() + ["--allow-extern=g"]
    ),
    .init(
      "library_not_allowed",
      "E1003",
      status: 2,
      model: """
        extern fn f(a: real) -> real = library("libheat.so", gradient: given)
        a ~ Normal(0, 1)
        factor x = f(a)
        """,
      data: "{}"
    ),
    .init(
      "host_is_not_there",
      "E1003",
      status: 2,
      model: """
        extern fn f(a: real) -> real = host("heat")
        a ~ Normal(0, 1)
        factor x = f(a)
        """,
      data: "{}",
      arguments: allowed
    ),
    .init(
      "worker_ends_at_once",
      "E1002",
      status: 2,
      model: model("echo 'no module named heat' >&2; exit 3"),
      data: #"{"y": 2}"#,
      arguments: allowed
    ),
    .init(
      "worker_of_other_arguments",
      "E1002",
      status: 2,
      model: model("sh w.sh").replacing("f(a: real)", with: "f(b: real)"),
      data: #"{"y": 2}"#,
      files: worker(#"\"result\": 1"#),
      arguments: allowed
    ),
    .init(
      "library_is_not_there",
      "E1002",
      status: 2,
      model: """
        extern fn f(a: real) -> real = library("nowhere/libheat.so", gradient: given)
        a ~ Normal(0, 1)
        factor x = f(a)
        """,
      data: "{}",
      arguments: allowed
    ),
    .init(
      "extern_without_gradient",
      "E1004",
      status: 2,
      model: model("sh w.sh", "timeout: 10") + "\ninfer post = nuts(seed: 1)",
      data: #"{"y": 2}"#,
      files: worker(#"\"result\": 1"#),
      arguments: allowed
    ),
    .init(
      "simulator_without_density",
      "E1007",
      status: 2,
      model: """
        data y: real
        extern dist f(a: real) -> real = process("sh w.sh")
        a ~ Normal(0, 1)
        y ~ f(a)
        infer post = nuts(seed: 1)
        """,
      data: #"{"y": 2}"#,
      files: worker(#"\"result\": 1"#),
      arguments: allowed
    ),
    .init(
      "factor_in_a_comparison",
      "E1006",
      status: 2,
      model: """
        data y: real
        a ~ Normal(0, 1)
        factor pull = -a^2
        y ~ Normal(a, 1)
        infer p = abc_smc(seed: 1)
        """,
      data: #"{"y": 2}"#,
      arguments: allowed
    ),
    .init(
      "known_call_without_value",
      "E1005",
      status: 2,
      model: model("sh w.sh", "gradient: finite_difference, on_nan: error", mean: "a + f(2)"),
      data: #"{"y": 2}"#,
      files: worker(#"\"result\": null"#),
      arguments: allowed
    ),
    .init(
      "known_call_that_fails",
      "W1001",
      status: 0,
      model: model("sh w.sh", mean: "a + f(2)"),
      data: #"{"y": 2}"#,
      files: worker(#"\"error\": \"no table for a = 2\""#),
      arguments: ["check", "model.ppl", "--data", "data.json", "--allow-extern"]
    ),
  ]
}
