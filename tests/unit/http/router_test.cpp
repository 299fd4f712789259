#include <streamkit/http/router.hpp>

#include <gtest/gtest.h>

#include <streamkit/testing/recording_metrics.hpp>

#include "http/requests.hpp"

namespace streamkit::http {
namespace {

Response ok(std::string text) { return text_response(200, "text/plain", std::move(text)); }

// Responds with the route's pattern and the parameters "a", "b" and "rest".
Route echo(std::string pattern, std::vector<std::string> methods = {}, std::string name = "echo") {
  Route route{.name = std::move(name), .pattern = pattern, .methods = std::move(methods)};
  route.admit = [pattern](const RequestHead& head, const PathParameters& path) {
    std::string text = pattern + " a=" + std::string(path["a"]) + " b=" + std::string(path["b"]) +
                       " rest=" + std::string(path["rest"]);
    return respond_to_head(head, [text = std::move(text)] { return ok(text); });
  };
  return route;
}

class RouterTest : public ::testing::Test {
 protected:
  Router& router() {
    if (!router_) router_.emplace(routes_, wording_, Context{.metrics = &metrics_});
    return *router_;
  }
  Response send(std::string method, std::string_view target, std::string body = {}) {
    const auto request = make_request(std::move(method), target, std::move(body));
    auto reply = http::send(router(), request);
    return std::get<Response>(std::move(reply));
  }
  std::string get(std::string_view path) {
    const auto response = send("GET", path);
    return response.status == 200 ? body_of(response) : std::to_string(response.status);
  }
  double requests(std::string_view route, std::string_view status) {
    return metrics_.counter("streamkit_http_requests_total{route=\"" + std::string(route) +
                            "\",status=\"" + std::string(status) + "\"}");
  }

  std::vector<Route> routes_;
  Router::ErrorWording wording_;
  testing::RecordingMetrics metrics_;
  std::optional<Router> router_;
};

TEST_F(RouterTest, MatchesLiteralPartsParametersAndTheRest) {
  routes_ = {echo("/list"),
             echo("/list/"),
             echo("/item/{a}"),
             echo("/item/{a}/sub/{b}"),
             echo("/item/{a}/sub/fixed"),
             echo("/file/{rest...}")};
  EXPECT_EQ(get("/list"), "/list a= b= rest=");
  EXPECT_EQ(get("/list/"), "/list/ a= b= rest=");
  EXPECT_EQ(get("/item/x"), "/item/{a} a=x b= rest=");
  EXPECT_EQ(get("/item/"), "/item/{a} a= b= rest=") << "a part may be empty";
  EXPECT_EQ(get("/item/x/sub/y"), "/item/{a}/sub/{b} a=x b=y rest=");
  EXPECT_EQ(get("/item/x/sub/fixed"), "/item/{a}/sub/{b} a=x b=fixed rest=") << "the first counts";
  EXPECT_EQ(get("/item//sub/"), "/item/{a}/sub/{b} a= b= rest=");
  EXPECT_EQ(get("/file"), "/file/{rest...} a= b= rest=");
  EXPECT_EQ(get("/file/"), "/file/{rest...} a= b= rest=");
  EXPECT_EQ(get("/file/a//b/"), "/file/{rest...} a= b= rest=a//b/");
  for (const auto* path : {"/", "*", "", "/lists", "/lis", "/list/x", "//list", "/item", "/item/x/",
                           "/item/x/sub", "/item/x/sub/y/", "/files", "/%6cist"}) {
    EXPECT_EQ(get(path), "404") << path;
  }
}

TEST_F(RouterTest, ParametersOfARowThatDoesNotMatchAreForgotten) {
  routes_ = {echo("/x/{a}/end"), echo("/x/{b}/{rest...}")};
  EXPECT_EQ(get("/x/1/2"), "/x/{b}/{rest...} a= b=1 rest=2");
}

TEST_F(RouterTest, KnowsItsOwnPaths) {
  routes_ = {echo("/own/{rest...}"), echo("/one")};
  EXPECT_TRUE(router().matches("/own"));
  EXPECT_TRUE(router().matches("/own/x/y"));
  EXPECT_TRUE(router().matches("/one"));
  EXPECT_FALSE(router().matches("/one/"));
  EXPECT_FALSE(router().matches("/owner"));
}

TEST_F(RouterTest, RejectsMethodsThatARowDoesNotList) {
  routes_ = {echo("/read", {"GET", "HEAD"}), echo("/any")};
  wording_ = [](int status, std::string_view message) {
    return text_response(status, "text/x-error", std::string(message));
  };
  const auto rejected = send("POST", "/read");
  EXPECT_EQ(rejected.status, 405);
  EXPECT_EQ(body_of(rejected), "use GET, HEAD");
  EXPECT_EQ(header_of(rejected, "Allow"), "GET, HEAD");
  EXPECT_EQ(header_of(rejected, "Content-Type"), "text/x-error");
  EXPECT_EQ(send("OPTIONS", "/read").status, 405);
  EXPECT_EQ(send("BREW", "/any").status, 200);
  EXPECT_EQ(body_of(send("GET", "/none")), "no such resource");
}

TEST_F(RouterTest, RespondsToOptionsWhereTheyAreListed) {
  routes_ = {echo("/plain", {"POST", "OPTIONS"}), echo("/shared", {"GET", "HEAD", "OPTIONS"})};
  routes_[1].cors = true;
  const auto plain = send("OPTIONS", "/plain");
  EXPECT_EQ(plain.status, 204);
  EXPECT_EQ(header_of(plain, "Allow"), "POST, OPTIONS");
  EXPECT_EQ(header_of(plain, "Access-Control-Allow-Origin"), "");
  const auto preflight = send("OPTIONS", "/shared");
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Methods"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(header_of(preflight, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header_of(send("GET", "/shared"), "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header_of(send("POST", "/shared"), "Access-Control-Allow-Origin"), "*");
}

TEST_F(RouterTest, JudgesParametersBeforeTheMethod) {
  routes_ = {echo("/item/{a}", {"GET"})};
  routes_[0].check = [](const PathParameters& path) -> std::optional<Response> {
    if (path["a"] == "good") return {};
    return Response{400};
  };
  EXPECT_EQ(send("GET", "/item/good").status, 200);
  EXPECT_EQ(send("POST", "/item/good").status, 405);
  EXPECT_EQ(send("POST", "/item/bad").status, 400);
}

TEST_F(RouterTest, CountsByRouteAndStatus) {
  routes_ = {echo("/a/{a}", {"GET"}, "first"), echo("/a", {"GET"}, "first"),
             echo("/b", {"GET"}, "second")};
  (void)send("GET", "/a/1");
  (void)send("GET", "/a");
  (void)send("PUT", "/b");
  (void)send("GET", "/c", "with a body");
  EXPECT_EQ(requests("first", "2xx"), 2);
  EXPECT_EQ(requests("second", "4xx"), 1);
  EXPECT_EQ(requests("other", "4xx"), 1);
}

TEST_F(RouterTest, CountsAHeldRequestOnceWhenItHasAResponse) {
  routes_ = {echo("/held", {}, "held")};
  bool ready = false;
  routes_[0].cors = true;
  routes_[0].admit = [&](const RequestHead& head, const PathParameters&) {
    return respond_to_head(head, [&]() -> Reply {
      if (!ready) return AskAgain{std::chrono::milliseconds(1)};
      return ok("ready");
    });
  };
  const auto request = make_request("GET", "/held");
  auto admitted = router().admit(request);
  auto& exchange = *std::get<Admission>(admitted).exchange;
  EXPECT_TRUE(std::holds_alternative<AskAgain>(exchange.respond()));
  EXPECT_EQ(requests("held", "2xx"), 0);
  ready = true;
  const auto reply = exchange.respond();
  EXPECT_EQ(header_of(std::get<Response>(reply), "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(requests("held", "2xx"), 1);
}

TEST_F(RouterTest, AResponseToARequestWithABodyWaitsForTheBody) {
  routes_ = {echo("/read", {"GET"})};
  for (const auto* target : {"/read", "/none"}) {
    const auto request = make_request("POST", target, "body");
    auto admitted = router().admit(request);
    ASSERT_TRUE(std::holds_alternative<Admission>(admitted)) << target;
    EXPECT_EQ(std::get<Admission>(admitted).max_body_bytes, kMaxIgnoredBodyBytes);
  }
}

TEST_F(RouterTest, WordsTheErrorsOfTheServerAndCountsThem) {
  routes_ = {echo("/a", {}, "first")};
  EXPECT_EQ(router().error(make_request("PUT", "/a"), 413, "large").status, 413);
  EXPECT_EQ(router().error(RequestHead{}, 400, "malformed").status, 400);
  EXPECT_EQ(requests("first", "4xx"), 1);
  EXPECT_EQ(requests("other", "4xx"), 1);
}

// --- Guards and claims ---

TEST_F(RouterTest, AGuardIsToldTheRouteAndRejects) {
  routes_ = {echo("/a", {}, "first"), echo("/b", {}, "second")};
  routes_[1].cors = true;
  routes_[1].rate_weight = 0.5;
  std::vector<std::string> asked;
  router().guard([&](const RequestHead&, const Route& route) -> std::optional<Response> {
    asked.push_back(route.name);
    if (route.rate_weight < 1) return Response{429};
    return {};
  });
  EXPECT_EQ(send("GET", "/a").status, 200);
  const auto rejected = send("GET", "/b", "a body closes the connection then");
  EXPECT_EQ(rejected.status, 429);
  EXPECT_EQ(header_of(rejected, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(send("GET", "/c").status, 404);
  EXPECT_EQ(asked, (std::vector<std::string>{"first", "second", "other"}));
  EXPECT_EQ(requests("second", "4xx"), 1);
}

// Takes what it is given, but for "/forbidden".
class Claimer final : public Handler {
 public:
  AdmissionResult admit(const RequestHead& head) override {
    if (head.path == "/forbidden") return Response{403};
    return respond_to_body(100, [](std::string_view body) { return ok(std::string(body)); });
  }
  Response error(const RequestHead&, int, std::string_view) const override { return {503}; }
};

TEST_F(RouterTest, AClaimComesBeforeTheRoutes) {
  Claimer claimer;
  routes_ = {echo("/a", {}, "first")};
  router().claim("claimed", [&](const RequestHead& head) -> Handler* {
    return head.method == "PUT" ? &claimer : nullptr;
  });
  EXPECT_EQ(body_of(send("PUT", "/a", "body")), "body");
  EXPECT_EQ(send("PUT", "/forbidden", "body").status, 403);
  EXPECT_EQ(router().error(make_request("PUT", "/a"), 413, "large").status, 503);
  EXPECT_EQ(send("GET", "/a").status, 200);
  EXPECT_EQ(requests("claimed", "2xx"), 1);
  EXPECT_EQ(requests("claimed", "4xx"), 1);
  EXPECT_EQ(requests("claimed", "5xx"), 1);
  EXPECT_EQ(requests("first", "2xx"), 1);
}

TEST_F(RouterTest, AGuardIsAskedAboutClaimedRequestsToo) {
  Claimer claimer;
  router().claim("claimed", [&](const RequestHead&) { return &claimer; });
  router().guard([](const RequestHead&, const Route& route) -> std::optional<Response> {
    EXPECT_EQ(route.name, "claimed");
    return Response{401};
  });
  EXPECT_EQ(send("PUT", "/x").status, 401);
  EXPECT_EQ(requests("claimed", "4xx"), 1);
}

}  // namespace
}  // namespace streamkit::http
