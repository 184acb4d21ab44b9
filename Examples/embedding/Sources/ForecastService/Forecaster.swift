import PPL

/// What the service knows: a fitted model of sales by price and store.
public struct Forecaster: Sendable {
  /// The model.
  public static let text = """
    dim store, week
    data store_of[week]: store
    data price[week]: real > 0
    data sales[week]: int >= 0
    mu ~ Normal(3, 1)
    spread ~ HalfNormal(0.5)
    level[store] ~ Normal(mu, spread)
    slope ~ Normal(0, 0.5)
    sales[w: week] ~ Poisson(exp(level[store_of[w]] + slope * (price[w] - 10)))
    """

  /// Weeks that the model is fitted to.
  public static let history: DataSet = [
    "store_of": [
      "north", "north", "north", "north", "south", "south", "south", "south", "east", "east",
    ],
    "price": [9.0, 9.5, 10, 11, 9, 10, 10.5, 12, 10, 11],
    "sales": [31, 28, 25, 19, 52, 41, 40, 27, 12, 9],
  ]

  let posterior: Posterior

  /// Fits the model.
  public init() async throws {
    let model = try Program(checking: Self.text, name: "sales.ppl").compile(Self.history).model
    posterior = try await model.infer(.nuts(), InferenceOptions(seed: 1))
  }

  /// A question: weeks to come.
  public struct Question: Codable, Sendable {
    /// The store of each week.
    public var store: [String]
    /// The price of each week.
    public var price: [Double]

    /// Weeks by their stores and prices.
    public init(store: [String], price: [Double]) {
      self.store = store
      self.price = price
    }
  }

  /// The answer: for each week what sales are to be expected.
  public struct Forecast: Codable, Sendable, Equatable {
    /// Expected sales.
    public var mean: [Double]
    /// What sales exceed with probability 0.95.
    public var q5: [Double]
    /// What sales stay below with probability 0.95.
    public var q95: [Double]
  }

  /// Predicts the sales of weeks to come; a store that is new is drawn from the population of stores.
  public func forecast(_ question: Question) async throws -> Forecast {
    let sales = try await posterior.predict(
      "sales",
      data: ["store_of": question.store, "price": question.price]
    )
    return Forecast(mean: sales.mean, q5: sales.quantile(0.05), q95: sales.quantile(0.95))
  }
}
