import ForecastService
import Foundation
import Hummingbird
import HummingbirdTesting
import Testing

@Suite struct ForecastServiceTests {
  private static let stores = ["north", "south", "east", "new"]

  private func question(_ number: Int) -> Forecaster.Question {
    Forecaster.Question(
      store: [Self.stores[number % 4], Self.stores[(number + 1) % 4]],
      price: [8 + 0.1 * Double(number), 12 - 0.1 * Double(number)]
    )
  }

  /// Fifty requests at once are all answered as they are one by one.
  @Test func concurrentRequestsAreAnsweredRight() async throws {
    let forecaster = try await Forecaster()
    var answers: [Forecaster.Forecast] = []
    for number in 0..<50 { answers.append(try await forecaster.forecast(question(number))) }
    let expected = answers
    #expect(Set(expected.map(\.mean)).count > 40)
    let application = makeApplication(forecaster, port: 0)
    try await application.test(.live) { client in
      try await withThrowingTaskGroup(of: (Int, Forecaster.Forecast).self) { group in
        for number in 0..<50 {
          group.addTask {
            let body = try JSONEncoder().encode(question(number))
            return try await client.execute(
              uri: "/forecast",
              method: .post,
              headers: [.contentType: "application/json"],
              body: ByteBuffer(bytes: body)
            ) { response in
              #expect(response.status == .ok)
              return (
                number,
                try JSONDecoder().decode(Forecaster.Forecast.self, from: response.body)
              )
            }
          }
        }
        for try await (number, forecast) in group { #expect(forecast == expected[number]) }
      }
      try await client.execute(
        uri: "/forecast",
        method: .post,
        headers: [.contentType: "application/json"],
        body: ByteBuffer(string: #"{"store": ["north"], "price": [1, 2]}"#)
      ) { response in
        #expect(response.status == .badRequest)
        #expect(String(buffer: response.body).contains("price"))
      }
    }
  }

  /// Dearer weeks sell less, and the forecast of a known week is near what was sold.
  @Test func forecastsMakeSense() async throws {
    let forecaster = try await Forecaster()
    let forecast = try await forecaster.forecast(
      .init(store: ["south", "south"], price: [9, 12])
    )
    #expect(forecast.mean[0] > forecast.mean[1])
    #expect(abs(forecast.mean[0] - 52) < 15)
    #expect(forecast.q5[0] < 52 && forecast.q95[0] > 40)
  }
}
