import Hummingbird
import PPL

extension Forecaster.Forecast: ResponseEncodable {}

/// The service: `POST /forecast` with `{"store": ["north"], "price": [9.5]}`, and `GET /health`.
public func makeApplication(
  _ forecaster: Forecaster,
  port: Int = 8080
) -> some ApplicationProtocol {
  let router = Router()
  router.get("/health") { _, _ in HTTPResponse.Status.ok }
  router.post("/forecast") { request, context in
    let question = try await request.decode(as: Forecaster.Question.self, context: context)
    do {
      return try await forecaster.forecast(question)
    } catch let failure as SamplingFailure {
      // Data that do not suit the model are the caller's mistake, told in the words of the library.
      throw HTTPError(.badRequest, message: failure.message)
    }
  }
  return Application(
    router: router,
    configuration: .init(address: .hostname("127.0.0.1", port: port))
  )
}

/// Runs the service until the process is asked to end.
public func serve(_ forecaster: Forecaster, port: Int) async throws {
  try await makeApplication(forecaster, port: port).runService()
}
