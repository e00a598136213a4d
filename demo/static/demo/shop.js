// What a shop adds to the snippet: it tells the widget which article is being read.
if (document.body.dataset.article) window.OmniHub?.trackArticle({ url: location.href, title: document.body.dataset.article })
