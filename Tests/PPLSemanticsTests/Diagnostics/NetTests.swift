import Foundation
import Testing

/// Mistakes in nets, records, parameters and guides, and in the settings of fits by steps.
struct NetTests {
  static let topic = DiagnosticTopic(name: "nets", programs: programs)

  @Test(arguments: programs)
  func pointsAtTheMistake(_ program: MarkedProgram) throws {
    try Self.topic.expectPlace(program)
  }

  @Test(arguments: programs)
  func messageIsAsRecorded(_ program: MarkedProgram) throws {
    try Self.topic.expectRecorded(program)
  }

  @Test func everyRecordedMessageIsTested() throws {
    try Self.topic.expectNoStrayFiles()
  }

  static let programs =
    causal + nets + weights + layers + settings + records + parameters + guides + steps + bounds

  /// A net of a vector with a layer in front of its last.
  private static func vector(_ layer: String) -> String {
    "dim d = 16\nnet f(x: real[d]) -> real = x |> \(layer) |> Dense(1)"
  }

  /// A net of a matrix with a layer in front of its last.
  private static func matrix(_ layer: String) -> String {
    "dim r = 4, c = 6\nnet f(x: real[r, c]) -> real = x |> \(layer) |> Flatten |> Dense(1)"
  }

  private static let head = "dim d\ndata x[d], y: real\n"
  private static let plainNet = "net f(x: real[d]) -> real = x |> Dense(2, tanh) |> Dense(1)\n"
  private static let model =
    "dim d\ndata y[d]: real\nm ~ Normal(0, 1)\nt[d] ~ Normal(m, 1)\ny[i: d] ~ Normal(t[i], 1)\n"

  /// A causal net of a series with one value a step, `s` its `[time, 1]`.
  private static func causal(_ body: String) -> String {
    "dim time = 6\ncausal net f(x: real[time]) -> real[time] = \(body) with s = x |> Reshape(time, 1)"
  }

  private static let causal: [MarkedProgram] = [
    .init(
      "causal_without_series",
      "E0316",
      in: "dim d\ncausal net «f»(x: real[d]) -> real = x |> Dense(1)"
    ),
    .init("causal_present", "E0212", in: causal("«s |> LSTM(2) |> Dense(1) |> Reshape(time)»")),
    .init(
      "causal_both_directions",
      "E0211",
      in: causal("s |> Delay |> «GRU»(2, bidirectional: true) |> Dense(1) |> Reshape(time)")
    ),
    .init(
      "causal_attention",
      "E0211",
      in: causal("s |> Delay |> Dense(2) |> «SelfAttention»(heads: 2) |> Dense(1) |> Reshape(time)")
    ),
    .init("causal_dense", "E0211", in: causal("x |> Delay |> «Dense»(6) |> Reshape(time)")),
    .init(
      "causal_convolution",
      "E0211",
      in: causal("x |> Delay |> «Conv1d»(1, kernel: 3, padding: 1) |> Reshape(time)")
        .replacingOccurrences(of: " with s = x |> Reshape(time, 1)", with: "")
    ),
    .init(
      "causal_norm",
      "E0211",
      in: causal("s |> Delay |> «BatchNorm» |> Dense(1) |> Reshape(time)")
    ),
    .init("causal_mean", "E0211", in: causal("«sum(x)» + (s |> Reshape(time))")),
    .init("causal_index", "E0211", in: causal("«x[last(time)]» + (s |> Reshape(time))")),
    .init(
      "causal_next",
      "E0211",
      in: causal("[if t < 6 then «x[t+1]» else 0 for t: time] + 0 * (s |> Reshape(time))")
    ),
    .init(
      "causal_other_step",
      "E0403",
      in: "dim time\ndata y[time]: real\ncausal net f(x: real[time]) -> real[time] = x |> Delay\n"
        + "y[t: time] ~ Normal(f(«y»)[last(time)], 1)\n"
    ),
  ]

  private static let nets: [MarkedProgram] = [
    .init(
      "net_for_any_dimension",
      "E0317",
      in: "net f[d](x: real[d]) -> real = x |> «Dense»(1)"
    ),
    .init(
      "net_for_any_dimension_without_calls",
      "E0510",
      in: "net «f»[d](x: real[d, 3]) -> real = x |> StepMean |> Dense(1)"
    ),
    .init(
      "result_is_record",
      "E0302",
      in: "dim d\nnet f(x: real[d]) -> real[d] = «(mean: x |> Dense(d), sd: exp(x))»"
    ),
    .init(
      "result_is_no_record",
      "E0302",
      in: "dim d\nnet f(x: real[d]) -> (mean: real[d], sd: real[d]) = «x |> Dense(d)»"
    ),
    .init(
      "result_field_missing",
      "E0302",
      in: "dim d\nnet f(x: real[d]) -> (mean: real[d], sd: real[d]) = «(mean: x |> Dense(d))»"
    ),
    .init(
      "result_field_extra",
      "E0302",
      in: "dim d\nnet f(x: real[d]) -> (mean: real[d]) = (mean: x |> Dense(d), sd: «exp(x)»)"
    ),
    .init("result_no_index", "E0302", in: "dim d, e\nnet f(x: real[d]) -> e = «x |> Dense(1)»"),
    .init("result_axes", "E0203", in: "dim d, e\nnet f(x: real[d]) -> real[e] = «x |> Dense(9)»"),
    .init("result_rank", "E0203", in: "dim d\nnet f(x: real[d]) -> real = «x |> Dense(16)»"),
    .init("net_twice", "E0402", in: head + plainNet + "net «f»(x: real) -> real = x"),
    .init("net_calls_itself", "E0403", in: "dim d\nnet f(x: real[d]) -> real[d] = «f(x)»"),
    .init(
      "quantity_in_net",
      "E0207",
      in: "dim d\na ~ Normal(0, 1)\nnet f(x: real[d]) -> real = «a» * (x |> Dense(1))"
    ),
    .init("net_comprehension", "E0503", in: head + plainNet + "z = «f(x[i] for i: d)»"),
    .init("net_argument_missing", "E0503", in: head + plainNet + "z = «f»()"),
    .init(
      "net_of_whole_batch",
      "E0203",
      in: "dim n, d\ndata X[n, d]: real\n" + plainNet + "z[i: n] = f(«X»)"
    ),
    .init("net_of_scalar", "E0203", in: head + plainNet + "z[i: d] = f(«x[i]»)"),
    .init(
      "net_in_query",
      "E0901",
      in: head + plainNet + "y ~ Normal(f(x), 1)\ninfer p = map()\nshow «f(x)»"
    ),
  ]

  private static let normalised =
    "dim d\ndata x[d], y[d]: real\nnet f(x: real) -> real = [x] |> BatchNorm |> Dense(1)\n"

  private static let weights: [MarkedProgram] = [
    .init("running_prior", "E0313", in: normalised + "«f.batchnorm_1.running_mean» ~ Normal(0, 1)"),
    .init(
      "running_averages_sampled",
      "E0314",
      in: normalised
        + "f.weights ~ Normal(0, 1)\ny[i: d] ~ Normal(f(x[i]), 1)\ninfer post = «nuts»()"
    ),
    .init(
      "running_averages_without_steps",
      "E0314",
      in: normalised + "y[i: d] ~ Normal(f(x[i]), 1)\ninfer fit = «map»()"
    ),
    .init(
      "weights_of_misspelt_net",
      "E0201",
      in: "net field(x: real) -> real = [x] |> Dense(1)\n«feild».weights ~ Normal(0, 1)"
    ),
    .init("weights_of_no_net", "E0201", in: "y ~ Normal(0, 1)\n«y».weights ~ Normal(0, 1)"),
    .init("weights_in_brackets", "E0205", in: head + plainNet + "f.weights«[d]» ~ Normal(0, 1)"),
    .init("weights_of_other_axes", "E0203", in: head + plainNet + "f.dense_1.bias = «x[1]»"),
    .init("weights_misspelt", "E0201", in: head + plainNet + "«f.dense_1.wieght» ~ Normal(0, 1)"),
    .init("weights_unknown", "E0201", in: head + plainNet + "«f.conv» ~ Normal(0, 1)"),
    .init(
      "weights_without_prior",
      "E0613",
      in: head + plainNet + "y ~ Normal(f(x), 1)\ninfer p = «nuts»()"
    ),
    .init(
      "weights_of_fit",
      "E0201",
      in: head + plainNet
        + "y ~ Normal(f(x), 1)\ninfer p = map()\nshow E(«p.f.dense_3.bias»)"
    ),
  ]

  private static let layers: [MarkedProgram] = [
    .init("layer_outside_net", "E0208", in: "dim d\ndata x[d]: real\nz = x |> «Dense»(1)"),
    .init("layer_alone", "E0503", in: "dim d\nnet f(x: real[d]) -> real = «Dense(units: 1)»"),
    .init("layer_as_value", "E0201", in: "dim d\nnet f(x: real[d]) -> real[d] = x + «Flatten»"),
    .init("layer_misspelt", "E0501", in: vector("«Dens»(3)")),
    .init("dense_of_scalar", "E0208", in: "net f(x: real) -> real = x |> «Dense»(1)"),
    .init("reshape_count", "E0208", in: matrix("«Reshape»(3, 7)")),
    .init("norm_of_scalar", "E0208", in: "net f(x: real) -> real = x |> «LayerNorm»"),
    .init("cell_over_series", "E0208", in: matrix("«GRUCell»(8)")),
    .init("cell_state_is_no_record", "E0506", in: vector("LSTMCell(16, state: «x»)")),
    .init("cell_state_is_record", "E0506", in: vector("GRUCell(16, state: «(h: x)»)")),
    .init(
      "cell_state_axes",
      "E0208",
      in: "dim d = 16, h = 4\nnet f(x: real[d]) -> real[h] = x |> «GRUCell»(h, state: x)"
    ),
    .init("memory_missing", "E0503", in: matrix("«CrossAttention»(heads: 2)")),
    .init(
      "memory_width",
      "E0208",
      in: "dim s = 3, t = 5, a = 4, b = 6\n"
        + "net f(x: real[s, a], m: real[t, b]) -> real[s, a] = x |> «CrossAttention»(heads: 2, memory: m)"
    ),
    .init(
      "length_of_vector",
      "E0208",
      in: "dim s = 3, a = 4\nnet f(x: real[s, a]) -> real[a] = x |> «StepMean»(length: x[1])"
    ),
    .init("transformer_heads", "E0208", in: matrix("«TransformerBlock»(heads: 4, hidden: 3)")),
    .init("position_of_vector", "E0208", in: vector("«PositionalEmbedding»")),
    .init(
      "causal_padding",
      "E0208",
      in: matrix("«Conv1d»(3, kernel: 3, causal: true, padding: 1)")
    ),
    .init("batch_norm_of_scalar", "E0208", in: "net f(x: real) -> real = x |> «BatchNorm»"),
    .init(
      "batch_norm_foreign",
      "E0501",
      in: vector("«BatchNorm1d»(16)")
    ),
    .init("embedding_of_number", "E0208", in: vector("«Embedding»(8)")),
    .init("series_of_images", "E0208", in: matrix("Reshape(4, 3, 2) |> «Conv1d»(2, kernel: 3)")),
    .init("image_of_vector", "E0208", in: vector("«MaxPool2d»(2)")),
    .init("kernel_too_large", "E0208", in: matrix("«Conv2d»(8, kernel: 5)")),
    .init("recurrence_over_vector", "E0208", in: vector("«LSTM»(8)")),
    .init("attention_of_vector", "E0208", in: vector("«SelfAttention»(heads: 2)")),
    .init("attention_heads", "E0208", in: matrix("«SelfAttention»(heads: 4)")),
  ]

  private static let settings: [MarkedProgram] = [
    .init("layer_argument_missing", "E0503", in: matrix("«Conv2d»(8)")),
    .init("layer_argument_extra", "E0503", in: vector("Dense(3, relu, «2»)")),
    .init("layer_setting_near", "E0503", in: vector("Dense(3, «activaton»: relu)")),
    .init("layer_setting_unknown", "E0503", in: vector("Dense(3, «dropout»: 0.5)")),
    .init("layer_without_settings", "E0503", in: vector("Flatten(«axis»: 1)")),
    .init("layer_setting_twice", "E0503", in: vector("Dense(3, bias: true, bias: «false»)")),
    .init("units_zero", "E0503", in: vector("Dense(«0»)")),
    .init("epsilon_zero", "E0503", in: vector("LayerNorm(epsilon: «0»)")),
    .init(
      "transformer_activation",
      "E0503",
      in: matrix("TransformerBlock(heads: 2, hidden: 3, activation: «tanh»)")
    ),
    .init("zeros_of_nothing", "E0503", in: "z = «zeros()»"),
    .init("momentum_one", "E0503", in: vector("BatchNorm(momentum: «1»)")),
    .init("heads_zero", "E0503", in: matrix("SelfAttention(«0»)")),
    .init("dropout_of_all", "E0503", in: vector("Dropout(«1»)")),
    .init("stride_zero", "E0503", in: matrix("Conv2d(4, kernel: 3, stride: «0»)")),
    .init("kernel_of_three", "E0503", in: matrix("Conv2d(4, kernel: «[3, 3, 3]»)")),
    .init("bias_number", "E0503", in: vector("Dense(3, bias: «0»)")),
    .init("initialization_unknown", "E0503", in: vector("Dense(3, init: «xavier»)")),
    .init("activation_unknown", "E0503", in: vector("Dense(3, «swish»)")),
  ]

  private static let recordFunction = "fn f(p: (a: real, b: real)) -> real = p.a + p.b\n"

  private static let records: [MarkedProgram] = [
    .init("record_as_value", "E0302", in: "q = 1 + «(a: 1, b: 2)»"),
    .init("record_distribution", "E0315", in: "q ~ «(a: 1, b: 2)»"),
    .init("record_and_value", "E0402", in: "data «q»: real\nq.a = 1"),
    .init(
      "record_of_record",
      "E0901",
      in: "fn f(x: (a: «(b: real)»)) -> real = 1\nz = f((a: 1))"
    ),
    .init("field_of_quantity", "E0201", in: "q = (mean: 1, sd: 2)\nz = q.«maen»"),
    .init("record_argument_is_none", "E0302", in: recordFunction + "z = f(«1»)"),
    .init("record_argument_lacks_field", "E0302", in: recordFunction + "z = f(«(a: 1)»)"),
    .init("record_argument_has_more", "E0302", in: recordFunction + "z = f(«(a: 1, b: 2, c: 3)»)"),
    .init(
      "record_result_axes",
      "E0203",
      in: "dim d\nfn f(x: real) -> (a: real[d]) = (a: «x»)\nq = f(1)"
    ),
    .init(
      "record_of_net_as_value",
      "E0302",
      in: "net f(x: real) -> (a: real, b: real) = (a: x, b: [x] |> Dense(1))\nz = «f(2)» + 1"
    ),
    .init("record_field_twice", "E0402", in: "z = q.a with q = (a: 1, «a»: 2)"),
    .init("record_field_near", "E0201", in: "z = q.«maen» with q = (mean: 1, sd: 2)"),
    .init("record_field_unknown", "E0201", in: "z = q.«variance» with q = (mean: 1, sd: 2)"),
  ]

  private static let parameters: [MarkedProgram] = [
    .init("parameter_twice", "E0402", in: "param w: real\nparam «w»: real"),
    .init("parameter_start_axes", "E0203", in: "dim d\ndata x[d]: real\nparam w: real = «x»"),
    .init("parameter_start_random", "E0304", in: "a ~ Normal(0, 1)\nparam w: real = «a»"),
    .init("parameter_integer", "E0303", in: "param k: «int»"),
    .init(
      "parameter_without_prior",
      "E0613",
      in: "data y: real\nparam w: real\ny ~ Normal(w, 1)\ninfer p = «nuts»()"
    ),
  ]

  private static func guide(_ statements: String, of more: String = "") -> String {
    model + more + "guide g { \(statements) }"
  }

  private static let guides: [MarkedProgram] = [
    .init("guide_twice", "E0402", in: guide("m ~ Normal(0, 1)") + "\nguide «g» { }"),
    .init("guide_definition", "E0614", in: guide("«m = 2»")),
    .init("guide_latent_near", "E0201", in: guide("«mu» ~ Normal(0, 1)")),
    .init(
      "guide_of_weights",
      "E0901",
      in: guide("«f.weights» ~ Normal(0, 1)", of: "net f(x: real) -> real = [x] |> Dense(1)\n")
    ),
    .init("guide_of_data", "E0614", in: guide("«y»[d] ~ Normal(0, 1)")),
    .init("guide_of_derived", "E0614", in: guide("«e» ~ Normal(0, 1)", of: "e = 2 * m\n")),
    .init(
      "guide_of_eliminated",
      "E0614",
      in: guide("z ~ «Normal(0, 1)»", of: "z ~ Bernoulli(0.5)\nfactor f = z * m\n")
    ),
    .init(
      "guide_of_categories",
      "E0614",
      in: guide(
        "z ~ «Poisson(2)»",
        of: "dim k = 3\nz ~ DiscreteUniform(k)\nfactor f = [1, 2, 3][z] * m\n"
      )
    ),
    .init(
      "guide_of_counts",
      "E0614",
      in: guide("z ~ «Poisson(2)»", of: "z ~ Bernoulli(0.5)\nfactor f = z * m\n")
    ),
    .init("guide_of_fitted", "E0614", in: guide("«w» ~ Normal(0, 1)", of: "param w: real\n")),
    .init("guide_defines_twice", "E0401", in: guide("m ~ Normal(0, 1); «m» ~ Normal(0, 2)")),
    .init("guide_with_more_axes", "E0203", in: guide("«m[d]» ~ Normal(0, 1)")),
    .init("guide_of_a_part", "E0614", in: guide("«t[i: d[2..]]» ~ Normal(0, 1)")),
    .init("guide_without_gradient", "E0614", in: guide("m ~ «StudentT(3, 0, 1)»")),
    .init(
      "guide_support",
      "E0614",
      in: guide("s ~ «Normal(0, 1)»", of: "s ~ HalfNormal(1)\nfactor f = -s\n")
    ),
    .init(
      "guide_support_of_latents",
      "E0614",
      in: guide("s ~ «Normal(0, 1)»", of: "s: real > m ~ Normal(0, 1)\nfactor f = -s\n")
    ),
    .init(
      "guide_support_joint",
      "E0614",
      in: guide("s ~ «Normal(0, 1)»", of: "s: simplex[d] ~ Dirichlet(1)\nfactor f = -s[1]\n")
    ),
  ]

  private static func svi(_ settings: String) -> String { model + "infer p = svi(\(settings))" }

  private static let steps: [MarkedProgram] = [
    .init("batch_number", "E0601", in: svi("batch: «64»")),
    .init("batch_twice", "E0601", in: svi("batch: (d: 64, «d»: 32)")),
    .init(
      "batch_ragged",
      "E0901",
      in: "dim a, b[a]\ndata y[a, b]: real\nm ~ Normal(0, 1)\n"
        + "y[i: a, j: b[i]] ~ Normal(m, 1)\ninfer p = svi(batch: («b»: 8))"
    ),
    .init("batch_zero", "E0601", in: svi("batch: (d: «0»)")),
    .init("optimizer_word", "E0601", in: svi("optimizer: «adam»")),
    .init("optimizer_setting", "E0601", in: svi("optimizer: sgd(0.1, «beta1»: 0.9)")),
    .init("optimizer_unnamed", "E0601", in: svi("optimizer: adam(0.1, «0.9»)")),
    .init("optimizer_negative", "E0601", in: svi("optimizer: adam(«-0.1»)")),
    .init("optimizer_share", "E0601", in: svi("optimizer: adam(0.1, beta2: «2»)")),
    .init("optimizer_without_rate", "E0601", in: svi("optimizer: «sgd»(momentum: 0.9)")),
    .init("guide_of_vi", "E0601", in: model + "infer p = «svi(guide: full_rank)»"),
    .init(
      "guide_misspelt",
      "E0601",
      in: guide("m ~ Normal(0, 1)") + "\ninfer p = svi(guide: «gg»)"
    ),
    .init("guide_in_vi", "E0601", in: guide("m ~ Normal(0, 1)") + "\ninfer p = «vi(guide: g)»"),
    .init("schedule_unknown", "E0601", in: svi("schedule: «exponential»")),
    .init("clip_zero", "E0601", in: svi("clip: «0»")),
    .init("load_number", "E0601", in: svi("load: «5»")),
    .init("freeze_latent", "E0601", in: svi("freeze: «m»")),
  ]

  private static let bounds: [MarkedProgram] = [
    .init("elbo_arguments", "E0602", in: svi("steps: 9") + "\nshow «elbo(p, \"x.npy\")»"),
    .init("elbo_of_draws", "E0602", in: model + "infer p = nuts()\nshow «elbo(p)»"),
    .init(
      "elbo_of_other_data",
      "E0602",
      in: model + "infer p = vi()\nshow «elbo(p, data: (y: \"y.npy\"))»"
    ),
    .init("confusion_of_fit", "E0605", in: svi("steps: 9") + "\nshow «confusion(p)»"),
    .init(
      "confusion_of_reals",
      "E0605",
      in: svi("steps: 9") + "\npredict new = y given p\nshow «confusion(new)»"
    ),
  ]
}
