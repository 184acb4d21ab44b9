// swift-tools-version: 6.2
import PackageDescription

// A program of its own, as one that embeds PPL.
let package = Package(
  name: "HostCalls",
  dependencies: [.package(name: "PPL", path: "../../../..")],
  targets: [
    .executableTarget(
      name: "HostCalls",
      dependencies: [.product(name: "PPL", package: "PPL")]
    )
  ]
)
