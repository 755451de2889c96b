/*
 * The demo's shop, as a shop's own script would be: it says what happens, and candor.js decides
 * what of it may leave. Without it the page works by its forms.
 */
"use strict";

(() => {
  const basket = document.getElementById("basket");
  const { customer } = document.body.dataset;
  const analytics = window.analytics;
  const price = new Intl.NumberFormat(document.documentElement.lang, {
    style: "currency",
    currency: "EUR",
  });

  analytics?.page?.("Shop");
  if (customer) analytics?.identify?.(customer);

  const inside = () => new URL(location.href).searchParams.get("basket")?.split(" ") ?? [];

  for (const form of document.querySelectorAll("form[data-product]")) {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const { product, category, department } = form.dataset;
      const cents = Number(form.dataset.price);
      analytics?.track?.("Product Added", {
        product_id: product,
        category,
        department,
        quantity: 1,
        price: cents / 100,
        currency: "EUR",
      });
      const count = Number(basket.dataset.count) + 1;
      const total = Number(basket.dataset.total) + cents;
      basket.dataset.count = count;
      basket.dataset.total = total;
      basket.textContent = `${basket.dataset.some} ${count} · ${price.format(total / 100)}`;
      const address = new URL(location.href);
      address.searchParams.set("basket", [...inside(), product].join(" "));
      history.replaceState(null, "", address);
    });
  }
})();
