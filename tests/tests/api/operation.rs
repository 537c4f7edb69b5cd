//! The mobile operations, each with a request that succeeds for [`LINE`](tests::world::LINE) when sent in this order.

use tests::Reply;
use tests::world::Caller;

/// An operation with a valid request.
pub struct Operation {
    pub method: &'static str,
    /// The path; `{}` stands for the line.
    pub path: &'static str,
    pub body: &'static str,
    /// The expected status.
    pub status: u16,
}

const fn read(path: &'static str) -> Operation {
    Operation { method: "GET", path, body: "", status: 200 }
}

const fn write(method: &'static str, path: &'static str, status: u16, body: &'static str) -> Operation {
    Operation { method, path, body, status }
}

/// All of them.
pub const OPERATIONS: [Operation; 18] = [
    read("/billing/subscribers/{}/status"),
    write("PUT", "/billing/subscribers/{}/status", 200, r#"{"code":"Active","assetType":"SIM"}"#),
    read("/billing/subscribers/{}/usage/data/hourlybyapp"),
    read("/billing/subscribers/{}/usage/data/percentagebyapp"),
    read("/plans/subscribers/{}/favorites/"),
    write("POST", "/plans/subscribers/{}/favorites/", 201, r#"{"PhoneNumber":"3005550199"}"#),
    write("DELETE", "/plans/subscribers/{}/favorites/", 200, r#"{"PhoneNumber":"3005550199"}"#),
    read("/plans/subscribers/{}/availableoffers/"),
    write("POST", "/plans/subscribers/{}/acquiredoffers/201", 201, ""),
    write("DELETE", "/plans/subscribers/{}/acquiredoffers/201", 201, ""),
    read("/plans/subscribers/{}/phonelease/"),
    read("/plans/subscribers/{}/current"),
    write("PUT", "/plans/subscribers/{}/current", 200, r#"{"planId":"102"}"#),
    read("/plans/subscribers/{}/availableplans/"),
    read("/plans/subscribers/{}/upgrades/"),
    write("POST", "/plans/subscribers/{}/upgraderequest", 200, r#"{"planId":"104"}"#),
    read("/plans/subscribers/{}/upgraderequest"),
    write(
        "POST",
        "/plans/subscribers/{}/subscriptionrequests/",
        200,
        r#"{"planId":"150","planName":"Datos Extra","categoryName":"Adicionales","name":"Ana"}"#,
    ),
];

impl Operation {
    /// The address for a line.
    pub fn at(&self, line: &str) -> String {
        self.path.replace("{}", line)
    }

    /// Whether it needs the scope `write`.
    pub fn writes(&self) -> bool {
        self.method != "GET"
    }

    /// Whether its errors have the usage shape.
    pub fn is_usage(&self) -> bool {
        self.path.contains("/usage/")
    }

    /// A name for failure messages.
    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    /// Sends the request to this address.
    pub async fn send(&self, caller: &Caller<'_>, path: &str) -> Reply {
        let json = [("content-type", "application/json")];
        let headers: &[(&str, &str)] = if self.body.is_empty() { &[] } else { &json };
        caller.send(self.method, path, headers, self.body).await
    }

    /// Sends the request for a line.
    pub async fn ask(&self, caller: &Caller<'_>, line: &str) -> Reply {
        self.send(caller, &self.at(line)).await
    }
}
