// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Embedding",
  products: [
    .executable(name: "eight-schools", targets: ["EightSchools"]),
    .executable(name: "forecast-service", targets: ["ForecastServer"]),
  ],
  dependencies: [
    .package(name: "PPL", path: "../.."),
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
  ],
  targets: [
    .executableTarget(
      name: "IceCream",
      dependencies: [.product(name: "PPL", package: "PPL")]
    ),
    .executableTarget(
      name: "EightSchools",
      dependencies: [.product(name: "PPL", package: "PPL")]
    ),
    .target(
      name: "ForecastService",
      dependencies: [
        .product(name: "PPL", package: "PPL"),
        .product(name: "Hummingbird", package: "hummingbird"),
      ]
    ),
    .executableTarget(name: "ForecastServer", dependencies: ["ForecastService"]),
    .testTarget(
      name: "ForecastServiceTests",
      dependencies: [
        "ForecastService",
        .product(name: "HummingbirdTesting", package: "hummingbird"),
      ]
    ),
  ]
)
