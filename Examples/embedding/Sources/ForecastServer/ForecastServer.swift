import ForecastService

/// Fits the model, then serves forecasts on a port of this machine.
@main struct ForecastServer {
  static func main() async throws {
    let port = CommandLine.arguments.dropFirst().first.flatMap { Int($0) } ?? 8080
    try await serve(try await Forecaster(), port: port)
  }
}
